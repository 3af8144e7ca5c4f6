"""`python -m benchmarks.process COMMAND ...`: run a command that prints JSON; add its wall seconds and peak memory."""

import json
import resource
import subprocess
import sys
import time


def main() -> None:
    """Exit with the command's own status; on success print {"seconds", "peak_memory_mib", "output"}."""
    began = time.perf_counter()
    done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.returncode)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_memory_mib": peak, "output": json.loads(done.stdout)}))


if __name__ == "__main__":
    main()
