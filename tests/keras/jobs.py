"""What a worker can be asked: each job takes arrays and gives arrays and facts."""

import warnings

from keras import ops
from live import Arrays, Told, channels_first, channels_last, floats, loaded


def excuse() -> None:
    """Let pass what the frameworks warn of, whatever the page says."""
    warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy")


def output(
    arrays: Arrays, source: str, dtype: str, sizes: list[int] | None = None
) -> Told:
    """What the page computes in evaluation."""
    x = arrays.pop("x")
    with floats(dtype):
        options = {} if sizes is None else {"input_shape": (*sizes, x.shape[1])}
        model = loaded(source, arrays, **options)
        y = model(ops.convert_to_tensor(channels_last(x)), training=False)
        facts = {"shape": list(model.output_shape), "dtype": str(y.dtype)}
        y = channels_first(ops.convert_to_numpy(y))
    return {"y": y}, facts
