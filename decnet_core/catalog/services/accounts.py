"""Users that get in, for the services that have a login."""

from typing import Annotated

from pydantic import Field, StringConstraints

User = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Password = Annotated[str, StringConstraints(max_length=256)]
Users = Annotated[
    dict[User, Password],
    Field(
        max_length=32,
        description="users and the passwords that let them in; every other attempt is recorded and refused",
        json_schema_extra={"secret": True},
    ),
]
