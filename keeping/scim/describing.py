"""The SCIM service provider configuration, resource types and schemas of this server. Pure."""

from typing import Any

PREFIX = "urn:ietf:params:scim"
USER = f"{PREFIX}:schemas:core:2.0:User"
GROUP = f"{PREFIX}:schemas:core:2.0:Group"
ENTERPRISE = f"{PREFIX}:schemas:extension:enterprise:2.0:User"
CORE = (USER, GROUP)
_OURS = f"{PREFIX}:schemas:core:2.0"
ERROR = f"{PREFIX}:api:messages:2.0:Error"
LIST = f"{PREFIX}:api:messages:2.0:ListResponse"
MAX_PAGE = 200
# The attributes of the enterprise extension that are stored.
EXTENDED = ("employeeNumber", "costCenter", "organization", "division", "department")

PROVIDER: dict[str, Any] = {
    "schemas": [f"{_OURS}:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": MAX_PAGE},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": False},
    "authenticationSchemes": [
        {
            "type": "oauthbearertoken",
            "name": "API key",
            "description": "The key of a backend, with the scope `people`, as a bearer token.",
            "primary": True,
        }
    ],
}


def _type(name: str, schema: str, *extensions: str) -> dict[str, Any]:
    return {
        "schemas": [f"{_OURS}:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": f"/{name}s",
        "schema": schema,
        "schemaExtensions": [{"schema": urn, "required": False} for urn in extensions],
    }


TYPES = {"User": _type("User", USER, ENTERPRISE), "Group": _type("Group", GROUP)}


def _attribute(name: str, kind: str = "string", **differs: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "multiValued": False,
        "description": "",
        "required": False,
        **({"caseExact": True} if kind == "string" else {}),
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
        **differs,
    }


def _schema(urn: str, name: str, *attributes: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [f"{_OURS}:Schema"], "id": urn, "name": name, "attributes": list(attributes)}


_EXTERNAL = _attribute("externalId")
_SCHEMAS = (
    _schema(
        USER,
        "User",
        _attribute(
            "userName",
            required=True,
            mutability="immutable",
            uniqueness="server",
            description="The userid: no spaces, and none of `_`, `,` and `/`.",
        ),
        _EXTERNAL,
        _attribute("displayName", description="The nickname."),
        _attribute("title"),
        _attribute("active", "boolean", required=True, description="Without it, the person is banned."),
        _attribute(
            "emails",
            "complex",
            multiValued=True,
            description="One is kept: the primary one, or that of work.",
            subAttributes=[
                _attribute("value"),
                _attribute("type", canonicalValues=["work"]),
                _attribute("primary", "boolean", description="Chooses the one; true of it."),
            ],
        ),
    ),
    _schema(ENTERPRISE, "Enterprise User", *map(_attribute, EXTENDED)),
    _schema(
        GROUP,
        "Group",
        _attribute("displayName", required=True),
        _EXTERNAL,
        _attribute(
            "members",
            "complex",
            multiValued=True,
            subAttributes=[
                _attribute("value", mutability="immutable"),
                _attribute("type", mutability="immutable", canonicalValues=["User"]),
                _attribute("$ref", "reference", mutability="immutable", referenceTypes=["User"]),
            ],
        ),
    ),
)
SCHEMAS = {schema["id"]: schema for schema in _SCHEMAS}
