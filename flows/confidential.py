"""A submission whose service options stay out of Prefect's pages, where its parameters would show them."""

from typing import Any

from pydantic import SerializerFunctionWrapHandler, field_serializer

from decnet_core.domain.submission import DeckyRequest, Submission


class ConfidentialDecky(DeckyRequest):
    """A request that names its services' options and keeps their values to itself."""

    @field_serializer("service_config", mode="wrap")
    def _names_only(self, value: Any, handler: SerializerFunctionWrapHandler) -> Any:  # noqa: ANN401 - any options
        options = handler(value) or {}
        return {service: dict.fromkeys(values, "(not shown)") for service, values in options.items()}


class ConfidentialSubmission(Submission):
    """The same document; what is read from it is whole, what is written of it is not."""

    deckies: tuple[ConfidentialDecky, ...] = ()
