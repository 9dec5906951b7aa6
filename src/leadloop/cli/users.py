"""`leadloop users`: the people who sign in to the dashboard."""

from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from leadloop.app import clock
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account, open_database, require_account
from leadloop.cli.options import option, text_value
from leadloop.cli.output import CommandError, has_typed, iso, table
from leadloop.core.ids import ID, system_stamp
from leadloop.core.leads.normalize import email_key
from leadloop.core.people import form, operator, use_cases
from leadloop.core.people.model import Member, Person
from leadloop.core.people.tokens import address_of
from leadloop.core.store import Store
from leadloop.server.listener import EVERYWHERE
from leadloop.settings import DATABASE_DEFAULTS, DEFAULTS, DatabaseSettings, Settings

PAGE = 500
TITLES = ["id", "name", "email", "role", "state", "last seen"]

PersonName = Annotated[str, Parameter(help="The e-mail or the id of the person.")]
RoleName = Literal["read-only", "agent", "manager", "owner"]
CatalogueUserId = Annotated[str | None, option("The id of the salesperson in the catalogue that the person is.")]

app = App(name="users", help="Invite, list, change and delete the people who sign in to the dashboard.")


@app.command(name="list")
@command
async def list_all(*, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """List the people of an account."""
    shown: list[dict[str, Any]] = []
    async with open_account(settings, account) as (store, owner):
        after = ""
        while page := await store.memberships.of_account(owner.id, after, PAGE):
            shown += map(form.show, page)
            after = page[-1].person.id
    nothing = f"nobody yet: leadloop users invite --account {owner.id} --email ... --name ... --role owner"
    return Result(shown, table(TITLES, [_row(person) for person in shown], nothing))


@app.command
@command
async def invite(
    *,
    account: AccountId = None,
    email: Annotated[str, Parameter(help="The e-mail that the person signs in with.")],
    name: Annotated[str, Parameter(help="The name of the person.")],
    role: Annotated[RoleName, Parameter(help="What the person may do: see docs/people.md.")],
    catalogue_user_id: CatalogueUserId = None,
    settings: Settings = DEFAULTS,
) -> Result:
    """Invite a person to an account and show the one-time link, for 24 hours."""
    body = {"email": email, "name": name, "role": role}
    if catalogue_user_id:
        body["catalogueUserId"] = catalogue_user_id
    async with open_account(settings, account) as (store, owner):
        invitation = await use_cases.invite(store, system_stamp(clock()), owner.id, body)
    shown, link = form.show(invitation.member), _address(settings, invitation.token)
    value = {"user": shown, "link": link, "linkExpiresAt": iso(invitation.expires_at_ms)}
    return _link(settings, value, link, f"invited {shown['name']} ({shown['id']}) as {role}")


@app.command
@command
async def link(
    person: Annotated[
        str | None, Parameter(help="The e-mail or the id of the person; omit it while there is nobody.")
    ] = None,
    /,
    *,
    account: AccountId = None,
    settings: Settings = DEFAULTS,
) -> Result:
    """Show a one-time link, for 24 hours: for a person who forgot the password or lost the invitation, or for the first
    person of the instance."""
    stamp = system_stamp(clock())
    async with open_database(settings) as store:
        if person is not None:
            who = await _find(store, person)
            new, text = await operator.create_link(store, stamp, who), f"a link for {who.name} ({who.id})"
        elif await store.people.are_there():
            raise CommandError("name the person by e-mail or id: `leadloop users list` shows them")
        else:
            owner = await require_account(store, account)
            new = await operator.create_welcome_link(store, stamp, owner.id)
            text = f"a link for the first person, in the account {owner.name}"
    address = _address(settings, new.token)
    return _link(settings, {"link": address, "expiresAt": iso(new.expires_at_ms)}, address, text)


@app.command
@command
async def update(
    person: PersonName,
    /,
    *,
    account: AccountId = None,
    name: Annotated[str | None, option("The new name.")] = None,
    role: Annotated[RoleName | None, option("The new role.")] = None,
    state: Annotated[Literal["active", "disabled"] | None, option("disabled ends the access to the account.")] = None,
    catalogue_user_id: CatalogueUserId = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Change a member of an account; omitted options stay unchanged."""
    members = {"name": name, "role": role, "state": state}
    body: dict[str, Any] = {member: value for member, value in members.items() if value is not None}
    if catalogue_user_id is not None:
        body["catalogueUserId"] = text_value(catalogue_user_id)
    async with open_account(settings, account) as (store, owner):
        who = await _find(store, person)
        changed = await use_cases.change_member(store, system_stamp(clock()), owner.id, who.id, body)
    return _member(changed)


@app.command
@command
async def sign_out(person: PersonName, /, *, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """Sign a person out in all browsers."""
    async with open_database(settings) as store:
        who = await _find(store, person)
        ended = await operator.end_sessions(store, system_stamp(clock()), who)
    return Result({"id": who.id, "sessions": ended}, f"signed {who.name} out in {ended} browsers")


@app.command
@command
async def delete(
    person: PersonName,
    /,
    *,
    yes: Annotated[bool, Parameter(negative=(), help="Delete without asking for the e-mail.")] = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Delete a person from all accounts of the instance. What the person changed stays, with the person's id."""
    async with open_database(settings) as store:
        who = await _find(store, person)
        if not yes and not await _has_confirmed(who):
            raise CommandError("the e-mail is another one: nobody was deleted")
        await operator.delete(store, system_stamp(clock()), who)
    return Result({"id": who.id, "deleted": True}, f"deleted {who.name} ({who.id})")


async def _find(store: Store, person: str) -> Person:
    """Raises `CommandError`."""
    key = email_key(person)
    who = await store.people.get(person) if ID.fullmatch(person) else key and await store.people.by_email(key)
    if not who:
        raise CommandError("there is no such person: `leadloop users list` shows those of an account")
    return who


async def _has_confirmed(who: Person) -> bool:
    return await has_typed(f"to delete {who.name} from all accounts, type the e-mail {who.email}:", who.email)


def _address(settings: Settings, token: str) -> str:
    host = EVERYWHERE.get(settings.host, settings.host)
    shown = f"[{host}]" if ":" in host else host
    return address_of(settings.public_url or f"http://{shown}:{settings.port}", token)


def _link(settings: Settings, value: dict[str, Any], address: str, text: str) -> Result:
    warning = "the link begins with the address that leadloop listens on: set LEADLOOP_PUBLIC_URL to that of your site"
    notes = () if settings.public_url else (warning,)
    return Result(value, f"{text}; it works once, for 24 hours:\n\n{address}\n", notes)


def _member(member: Member) -> Result:
    shown = form.show(member)
    return Result(shown, table(TITLES, [_row(shown)], ""))


def _row(shown: dict[str, Any]) -> list[str]:
    return [str(shown[name] or "") for name in ("id", "name", "email", "role", "state", "lastSeenAt")]
