"""Does things with huggingface_hub, whichever version this Python has, and prints the answers as JSON.

What to do is in two arguments, or else in a line of standard input each.
"""

import json
import sys
import traceback


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


if len(sys.argv) > 1:
    print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))))
else:
    for line in sys.stdin:
        try:
            answer = {"returned": main(*json.loads(line))}
        except Exception:
            answer = {"raised": traceback.format_exc()}
        print(json.dumps(answer), flush=True)
