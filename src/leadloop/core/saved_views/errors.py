"""Why a saved view is not stored."""

from leadloop.core.errors import Problem, Refusal


class SavedViewNotFound(Refusal):
    """The account has no such view that the caller can see."""

    problem = Problem("saved_view_not_found")


class SavedViewExists(Refusal):
    """Another view has the name: a shared one, or one of the same person."""

    problem = Problem("saved_view_exists")


class SavedViewsFull(Refusal):
    """The person, or the account, has the most views already."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.problem = Problem("saved_views_full", limit=most)


class SharingDenied(Refusal):
    """Making, changing and deleting shared views needs `account:manage`."""

    problem = Problem("sharing_denied")
