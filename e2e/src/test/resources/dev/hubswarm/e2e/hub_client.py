"""Does one thing with huggingface_hub, whichever version this Python has, and prints the answer as JSON."""

import json
import sys


def main(what, options):
    import huggingface_hub

    if what == "snapshot":
        return huggingface_hub.snapshot_download(**options)
    if what == "files":
        names = options.pop("filenames")
        return [huggingface_hub.hf_hub_download(filename=name, **options) for name in names]
    if what == "scan":
        found = huggingface_hub.scan_cache_dir(**options)
        return {
            "warnings": [str(warning) for warning in found.warnings],
            "repos": [
                [repo.repo_type, repo.repo_id, repo.size_on_disk, repo.nb_files, sorted(repo.refs)]
                for repo in sorted(found.repos, key=lambda repo: (repo.repo_type, repo.repo_id))
            ],
        }
    raise ValueError(what)


print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))))
