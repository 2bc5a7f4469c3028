"""The methods that change projects, releases, files and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from packaging.utils import canonicalize_name

from second_server import checks
from second_server.reading import shown_file
from second_server.rpc import method, require_known
from second_server.state import (
    CONFLICT,
    FORBIDDEN,
    INVALID,
    NOT_FOUND,
    Actor,
    Index,
    Project,
    Refusal,
    Release,
    Token,
    normalized,
    now,
    parsed_version,
    release_key,
    time_of,
)  # fmt: skip


def _permitted(index: Index, actor: Actor, action: str, name: str) -> Project:
    project = index.project(name)
    if not index.fault(f"permission: {action}"):
        index.require(actor, action, project.name)
    return project


@method("project.create", writes=True)
def create(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    name = normalized(params["name"])
    if index.fault("permission: create-project") and actor.username is None:
        actor = Actor("nobody")
    index.require(actor, "create-project", name)
    project = index.create(actor, params["name"])
    return {"name": project.name, "display_name": project.display_name, "serial": project.serial}


@method("project.delete", writes=True)
def delete_project(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project = _permitted(index, actor, "delete", params["name"])
    if not index.fault("project.delete: stays"):
        del index.projects[project.name]
    return {"serial": index.record(project, "remove project")}


_LEFT = {"archived": "project unarchived", "deprecated": "project undeprecated",
         "quarantined": "project quarantine cleared"}  # fmt: skip


@method("project.set_status", writes=True)
def set_status(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    state, reason = params["status"], params.get("reason", "")
    if state == "active" and reason:
        raise Refusal(INVALID, "invalid", "Active needs no reason.", [("reason", "Leave it out.")])
    project = _permitted(index, actor, "manage", params["name"])
    if "quarantined" in {state, project.state} and not index.is_administrator(actor):
        raise Refusal(FORBIDDEN, "not-allowed", "Only administrators do that.")
    if (project.state, project.reason) == (state, reason) and not index.fault("status: again is an entry"):
        return {"serial": index.serial}
    if project.state in _LEFT and project.state != state:
        index.record(project, _LEFT[project.state])
    project.state, project.reason = state, reason
    if state != "active":
        index.record(project, f"project {state}")
    return {"serial": index.serial}


@method("project.add_role", writes=True)
def add_role(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project = _permitted(index, actor, "manage", params["name"])
    username, role = params["username"], params["role"]
    if username not in index.accounts:
        raise Refusal(NOT_FOUND, "account-not-found", f"There is no account {username}.")
    before = project.roles.get(username)
    if before == role:
        return {"serial": index.serial}
    if before == "Owner":
        _keep_an_owner(index, project, username)
    project.roles[username] = role
    action = f"change {before} {username} to {role}" if before else f"add {role} {username}"
    return {"serial": index.record(project, action)}


@method("project.remove_role", writes=True)
def remove_role(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project, username = index.project(params["name"]), params["username"]
    if not (username == actor.username and username in project.roles and not _is_narrow(actor)):
        project = _permitted(index, actor, "manage", params["name"])
    if username not in index.accounts:
        raise Refusal(NOT_FOUND, "account-not-found", f"There is no account {username}.")
    if username not in project.roles:
        raise Refusal(NOT_FOUND, "role-not-found", f"{username} has no role.")
    _keep_an_owner(index, project, username)
    role = project.roles.pop(username)
    return {"serial": index.record(project, f"remove {role} {username}")}


def _is_narrow(actor: Actor) -> bool:
    return actor.token is not None and actor.token.is_limited


def _keep_an_owner(index: Index, project: Project, username: str) -> None:
    owners = [name for name, role in project.roles.items() if role == "Owner"]
    if owners == [username] and not index.fault("roles: the last owner leaves"):
        raise Refusal(CONFLICT, "last-owner", f"{username} is the last owner.")


# ------------------------------------------------------------ releases and files


def _reason(params: dict[str, Any]) -> str | bool:
    reason: str = params.get("reason", "")
    if not reason.isprintable():
        raise Refusal(INVALID, "invalid", "Use one line.", [("reason", "Use one line.")])
    return reason or True


def _yanking(name: str, *, undo: bool) -> None:
    word = "unyank" if undo else "yank"

    @method(f"release.{name}", writes=True)
    def of_release(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
        yanked = False if undo else _reason(params)
        project = _permitted(index, actor, "yank", params["name"])
        release = index.release(project, params["version"])
        release.yanked = yanked
        return {"serial": index.record(project, f"{word} release", release.version)}

    @method(f"file.{name}", writes=True)
    def of_file(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
        yanked = False if undo else _reason(params)
        project, release, file = shown_file(index, params["filename"])
        _permitted(index, actor, "yank", project.name)
        for each in release.files.values() if index.fault("file.yank: all files") else [file]:
            each.yanked = yanked
        return {"serial": index.record(project, f"{word} file {file.filename}", release.version)}


_yanking("yank", undo=False)
_yanking("unyank", undo=True)


@method("release.delete", writes=True)
def delete_release(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project = _permitted(index, actor, "delete", params["name"])
    release = index.release(project, params["version"])
    del project.releases[release_key(release.version)]
    if index.fault("release.delete: names free"):
        index.used -= {*release.files}
    return {"serial": index.record(project, "remove release", release.version)}


@method("file.delete", writes=True)
def delete_file(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project, release, file = shown_file(index, params["filename"])
    _permitted(index, actor, "delete", project.name)
    del release.files[file.filename]
    return {"serial": index.record(project, f"remove file {file.filename}", release.version)}


@method("release.set_metadata", writes=True)
def set_metadata(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project = _permitted(index, actor, "upload", params["name"])
    version = parsed_version(params["version"])
    values = checks.read_metadata(params["metadata"].encode())
    problems = []
    if canonicalize_name(values["name"]) != project.name:
        problems.append(("name", "The metadata is of another project."))
    if parsed_version(values["version"]) != version:
        problems.append(("version", "The metadata is of another version."))
    if problems:
        raise Refusal(INVALID, "invalid-metadata", problems[0][1], problems)
    release = project.releases.get(release_key(version))
    if release is None:
        release = project.releases[release_key(version)] = Release(version, now(), {})
        index.record(project, "new release", version)
    elif release.files and not index.fault("set_metadata: of releases with files"):
        raise Refusal(CONFLICT, "release-has-files", "The release has files.")
    release.metadata = checks.described(values)
    return {"serial": index.record(project, "set metadata", release.version)}


# ------------------------------------------------------------ tokens


def _described(token: Token) -> dict[str, Any]:
    nothing = {"indexes": None, "projects": None, "actions": None}
    return {
        "id": token.id,
        "description": token.description,
        "scope": {**nothing, **token.scope},
        "created": time_of(token.created),
        "expires": None if token.expires is None else time_of(token.expires),
    }


@method("token.create", writes=True)
def create_token(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    username = require_known(actor)
    if _is_narrow(actor) and not index.fault("tokens: limited ones make others"):
        raise Refusal(FORBIDDEN, "not-allowed", "A limited token makes no tokens.")
    expires = params.get("expires")
    moment = None if expires is None else datetime.fromisoformat(expires)
    if moment is not None and moment <= now() and not index.fault("tokens: made expired"):
        raise Refusal(
            INVALID, "invalid-setting", "It would have expired.", [("expires", "Choose a later time.")]
        )
    if index.fault("tokens: of another account"):
        username = next(each for each in index.accounts if each != username)
    secret, token = index.issue(username, params["description"].strip(), params.get("scope", {}), moment)
    return {"secret": secret, "token": _described(token)}


@method("token.list")
def list_tokens(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    if index.fault("tokens: listed to everybody") and actor.username is None:
        return {"tokens": [_described(each) for each in index.tokens.values()]}
    username = require_known(actor)
    found = [each for each in index.tokens.values() if each.username == username and not each.is_revoked]
    if _is_narrow(actor) and not index.fault("tokens: limited ones see all"):
        found = [each for each in found if each is actor.token]
    tokens = [_described(each) for each in found]
    if index.fault("tokens: listed with secrets"):
        secrets = {token.id: secret for secret, token in index.tokens.items()}
        tokens = [{**each, "secret": secrets[each["id"]]} for each in tokens]
    return {"tokens": tokens}


@method("token.revoke", writes=True)
def revoke_token(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    username = require_known(actor)
    if _is_narrow(actor) and actor.token and actor.token.id != params["id"]:
        raise Refusal(FORBIDDEN, "not-allowed", "A limited token revokes itself alone.")
    for token in index.tokens.values():
        if token.id == params["id"] and token.username == username and not token.is_revoked:
            token.is_revoked = True
            return {"id": token.id}
    raise Refusal(NOT_FOUND, "token-not-found", "There is no such token of yours.")


@method("token.exchange", writes=True)
def exchange(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    raise Refusal(1002, "invalid-credentials", "User name or password is wrong.")


@method("account.change_password", writes=True)
def change_password(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    raise Refusal(1002, "invalid-credentials", "User name or password is wrong.")
