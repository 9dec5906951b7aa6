"""A second server process over the database of another, with the same keys."""

from tests.support.server import Client, Leadloop


class Twin(Leadloop):
    def __init__(self, first: Leadloop) -> None:
        super().__init__(first.engine, first.database)
        self._pepper = first._pepper

    def of(self, client: Client) -> Client:
        """The same key, sent to this process."""
        return Client(self.url, client.account_id, client.key)
