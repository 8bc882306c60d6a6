"""Runs Keras for the tests: a job a line comes in, an answer a line goes out.

Arrays travel beside the lines, in the file that the line names.
"""

import json
import os
import sys
import traceback
import warnings

import numpy as np


def main() -> None:
    # What frameworks print goes to the log; only answers go to whoever asked.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    import jobs

    # Frameworks warn while they are imported. Afterwards what warns is the page.
    warnings.simplefilter("error")
    jobs.excuse()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            with np.load(asked["arrays"]) as file:
                arrays = dict(file)
            answer, facts = getattr(jobs, asked["job"])(arrays, **asked["request"])
            np.savez(asked["arrays"], **answer)
            told = {"facts": facts}
        except Exception:  # noqa: BLE001
            told = {"error": traceback.format_exc()}
        answers.write(json.dumps(told) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
