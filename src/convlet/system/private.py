"""Keep every library from sending anything to anyone."""

import os
from collections.abc import MutableMapping

# Each library's own switch. A value that the user has set stays.
SILENT = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime's wheels for Linux queue events in ~/.cache/Microsoft
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "DO_NOT_TRACK": "1",  # MLflow and others
    "WANDB_MODE": "offline",
    "NPM_CONFIG_UPDATE_NOTIFIER": "false",  # npm, which exports of web pages call
    "NPM_CONFIG_AUDIT": "false",
    "NPM_CONFIG_FUND": "false",
}


def keep_private(environment: MutableMapping[str, str] = os.environ) -> None:
    """Switch off what libraries send by themselves. It must run before they are imported; child processes inherit it.

    Args:
        environment: the process's, or that of one to start.
    """
    for name, value in SILENT.items():
        environment.setdefault(name, value)
