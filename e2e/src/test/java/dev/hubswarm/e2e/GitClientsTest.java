package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** git and git-lfs clone a repository through the agent, by the mirror and by the proxy. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class GitClientsTest {
    private static final StubContent LARGE = StubContent.generated(31, 3_000_001);

    @TempDir
    Path folder;

    private List<String> git(String... arguments) {
        Path lfs = Tools.require("git-lfs");
        List<String> command = new ArrayList<>(List.of(
                "env",
                "HOME=" + folder,
                "GIT_CONFIG_NOSYSTEM=1",
                "GIT_TERMINAL_PROMPT=0",
                "PATH=" + lfs.getParent() + ":" + System.getenv("PATH"),
                "git"));
        command.addAll(List.of(arguments));
        return command;
    }

    private void run(Sandbox machine, String... arguments) throws Exception {
        Ran.of(machine.program(git(arguments))).exits(0);
    }

    /** With a file whose content is with git-lfs, and one whose content is in git. */
    private void makeRepo(Sandbox machine, Path bare, String digest) throws Exception {
        Path work = Files.createDirectory(folder.resolve("work"));
        Files.writeString(work.resolve(".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n");
        Files.writeString(work.resolve("config.json"), "{}\n");
        Files.writeString(
                work.resolve("model.bin"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:" + digest + "\nsize " + LARGE.size() + "\n");
        run(machine, "init", "-q", "-b", "main", work.toString());
        run(machine, "-C", work.toString(), "add", "-A");
        run(
                machine,
                "-C",
                work.toString(),
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@example.org",
                "commit",
                "-qm",
                "first");
        run(machine, "clone", "-q", "--bare", work.toString(), bare.toString());
    }

    @Test
    void cloneWhatADirectCloneGets() throws Exception {
        String digest = LARGE.digest(ContentDigest.Kind.SHA256).hex();
        Path repos = folder.resolve("repos");
        try (HubStub none = HubStub.builder().start();
                GitSite site = new GitSite(repos, Map.of(digest, LARGE.bytes()))) {
            Sandbox machine = Sandbox.in(Files.createDirectory(folder.resolve("machine")), none)
                    .with("HF_ENDPOINT", site.url());
            makeRepo(machine, repos.resolve("org/model"), digest);
            // Not into the repository that this test stands in.
            run(machine, "lfs", "install", "--skip-repo");
            try (RunningAgent agent = RunningAgent.start(machine, "--no-seed")) {
                String proxy = agent.await(one -> one.path("proxy").isString())
                        .path("proxy")
                        .asString();
                run(
                        machine,
                        "clone",
                        "-q",
                        "http://" + proxy + "/org/model",
                        folder.resolve("mirror").toString());
                List<Object> through = new ArrayList<>(List.of("run", "--https", "--"));
                through.addAll(git(
                        "clone",
                        "-q",
                        "https://huggingface.co/org/model",
                        folder.resolve("proxy").toString()));
                machine.run(through.toArray()).exits(0);
            }
        }
        for (String way : List.of("mirror", "proxy")) {
            assertArrayEquals(
                    LARGE.bytes(), Files.readAllBytes(folder.resolve(way).resolve("model.bin")), way);
            assertEquals("{}\n", Files.readString(folder.resolve(way).resolve("config.json")), way);
        }
    }
}
