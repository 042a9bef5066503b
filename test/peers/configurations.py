"""What MapProxy's check of options says: reads a list of configurations (JSON), prints for each whether it passes."""
import json
import sys

from mapproxy.config.spec import validate_options


def with_numbers(value):
    """Status codes are numbers in YAML, and text in JSON."""
    if isinstance(value, dict):
        return {int(key) if key.isdigit() else key: with_numbers(item) for key, item in value.items()}
    return [with_numbers(item) for item in value] if isinstance(value, list) else value


def passes(configuration):
    try:
        faults, informal_only = validate_options(configuration)
    except Exception:
        return False
    return not faults or informal_only


print(json.dumps([passes(with_numbers(item)) for item in json.load(open(sys.argv[1]))]))
