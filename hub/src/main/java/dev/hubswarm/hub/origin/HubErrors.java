package dev.hubswarm.hub.origin;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Says what went wrong, and what to do. Stateless.
 *
 * <p>Nothing that the Hub wrote is repeated but its codes: who asks a wrong host may see his own token come back.
 */
final class HubErrors {
    private HubErrors() {}

    /** What was asked for. */
    record Subject(
            RepoRef repo,
            @Nullable Revision revision,
            @Nullable String path) {
        private String text() {
            String what = repo.toString();
            if (path != null) what = path + " of " + what;
            return revision == null ? what : what + " at " + revision;
        }
    }

    /** Why the answer is not a good one. */
    static UserError of(Answer<?> answer, Subject subject, HttpUrl hub, boolean token) {
        String code = String.valueOf(answer.headers().get("X-Error-Code"));
        String message = String.valueOf(answer.headers().get("X-Error-Message"));
        String repo = subject.repo.toString();
        String page = hub.resolve("/" + repo) + "";
        if (!answer.url().host().equals(hub.host())) return storage(answer);
        if (message.contains("Access to this resource is disabled"))
            return new UserError(Kind.NOT_ALLOWED, "The Hub has disabled " + repo + ".", "See " + page + " for why.");
        UserError coded = byCode(code, subject, page, token);
        if (coded != null) return coded;
        int status = answer.status();
        if (answer.isRedirect()) {
            HttpUrl to = answer.url().resolve(String.valueOf(answer.headers().get("Location")));
            return new UserError(
                    Kind.FAILED,
                    "The Hub at " + UrlText.of(hub.uri()) + " sends us to " + (to == null ? "nowhere" : to.host())
                            + ", which we do not take for the Hub.",
                    "Set HF_ENDPOINT to that host if you trust it.");
        }
        return switch (status) {
            case 401 -> token ? badToken() : unauthorised(repo, hub);
            case 403 ->
                new UserError(
                        Kind.NOT_ALLOWED,
                        "The Hub does not let us read " + subject.text() + ".",
                        token ? "Use a token that may." : "Set HF_TOKEN to a token that may.");
            case 404 -> subject.path == null ? missing(repo, token) : missingFile(subject, page);
            case 407 ->
                new UserError(
                        Kind.NOT_ALLOWED,
                        "The proxy wants to know who asks.",
                        "Write its user and password into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT.");
            case 410, 451 ->
                new UserError(
                        Kind.NOT_ALLOWED,
                        "The Hub does not hand out " + subject.text() + " any more.",
                        "See " + page + " for why.");
            case 429 ->
                new UserError(
                        Kind.FAILED,
                        "The Hub wants fewer requests from here.",
                        "Try again in some minutes"
                                + (token ? "." : ", or set HF_TOKEN: with a token it allows more."));
            default ->
                new UserError(
                        Kind.FAILED,
                        "The Hub answers " + status + " when asked for " + subject.text() + ".",
                        "Try again later; https://status.huggingface.co tells how it is.");
        };
    }

    private static @Nullable UserError byCode(String code, Subject subject, String page, boolean token) {
        String repo = subject.repo.toString();
        return switch (code) {
            case "GatedRepo" ->
                new UserError(
                        Kind.NOT_ALLOWED,
                        repo + " is gated, and " + (token ? "this account was not let in." : "no token was sent."),
                        "Accept its terms at " + page + (token ? "." : ", and set HF_TOKEN."));
            case "RepoNotFound" -> missing(repo, token);
            case "RevisionNotFound" ->
                new UserError(
                        Kind.NOT_FOUND,
                        repo + " has no revision " + subject.revision + ".",
                        "See " + page + " for its branches and tags.");
            case "EntryNotFound" -> missingFile(subject, page);
            default -> null;
        };
    }

    private static UserError missing(String repo, boolean token) {
        return new UserError(
                Kind.NOT_FOUND,
                "There is no " + repo + ", or it is private.",
                token
                        ? "Check its name and type, and that the token's account may read it."
                        : "Check its name and type; if it is private, set HF_TOKEN.");
    }

    private static UserError missingFile(Subject subject, String page) {
        return new UserError(
                Kind.NOT_FOUND, "There is no " + subject.text() + ".", "See " + page + "/tree/main for what is there.");
    }

    private static UserError badToken() {
        return new UserError(
                Kind.NOT_ALLOWED,
                "The Hub does not accept the token.",
                "Set HF_TOKEN to a valid one, log in again with `hf auth login`, or unset it for public repositories.");
    }

    private static UserError unauthorised(String repo, HttpUrl hub) {
        boolean plain = !hub.isHttps() && !Loopback.is(hub.host());
        return new UserError(
                Kind.NOT_ALLOWED,
                "The Hub wants to know who asks for " + repo + ".",
                plain
                        ? "Use an https:// address as HF_ENDPOINT: a token is not sent in plain text."
                        : "Check its name, or set HF_TOKEN if it is private.");
    }

    private static UserError storage(Answer<?> answer) {
        return new UserError(
                Kind.FAILED,
                "The storage at " + answer.url().host() + ", to which the Hub sent us, answers " + answer.status()
                        + ".",
                "Try again later; if it stays so, a proxy may stand in the way.");
    }

    /** @param proxy in between, if one is */
    static UserError unreachable(HttpUrl host, @Nullable UpstreamProxy proxy, IOException e) {
        String through = proxy == null
                ? ""
                : " through the proxy " + proxy.address().getHostString() + ":"
                        + proxy.address().getPort();
        String where = host.scheme() + "://" + host.host() + ":" + host.port() + through;
        if (e instanceof SSLException) {
            return new UserError(
                    Kind.FAILED,
                    "The connection to " + where + " is not secure.",
                    "If a company proxy inspects TLS, let SSL_CERT_FILE name the file with its certificate authority.",
                    e);
        }
        if (e instanceof GarbledAnswer) {
            return new UserError(
                    Kind.FAILED,
                    "The answer of " + where + " is not what a Hub sends.",
                    "Check HF_ENDPOINT, and whether a login page or proxy answers in its place.",
                    e);
        }
        String how = e instanceof UnknownHostException
                ? "its name is unknown"
                : e instanceof ConnectException || e instanceof NoRouteToHostException
                        ? "nobody answers"
                        : e instanceof SocketTimeoutException ? "it does not answer in time" : "the connection broke";
        return new UserError(
                Kind.FAILED,
                "Cannot reach " + where + ": " + how + ".",
                "Check the network, HTTPS_PROXY if there is a proxy, and HF_ENDPOINT; or set HF_HUB_OFFLINE=1 to use what"
                        + " is cached.",
                e);
    }

    static UserError offline(HttpUrl hub) {
        return new UserError(
                Kind.FAILED,
                "The Hub at " + UrlText.of(hub.uri()) + " was not asked, since we are offline.",
                "Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE to use the network.");
    }

    /** The answer lacks what every Hub says. */
    static UserError incomplete(Subject subject, String what) {
        return new UserError(
                Kind.FAILED,
                "The Hub's answer for " + subject.text() + " does not say " + what + ".",
                "Check HF_ENDPOINT; a proxy or mirror in between may have removed it.");
    }

    static UserError impossiblePath(Subject subject) {
        return new UserError(
                Kind.NOT_FOUND,
                "There is no " + subject.text() + ", since no file in a repository can have such a path.",
                "Write it as the Hub shows it, from the root of the repository and with slashes.");
    }

    /** Something else is there now than what was found before. */
    static UserError moved(Subject subject) {
        return new UserError(
                Kind.FAILED,
                "The Hub now has other content for " + subject.text() + " than it said before.",
                "Start again; if it stays so, report it to the Hub.");
    }

    static UserError damaged(Subject subject) {
        return new UserError(
                Kind.DAMAGED,
                "What arrives for " + subject.text() + " does not match the digest that the Hub states.",
                "Try again later; if it stays so, a proxy in between may change it.");
    }
}
