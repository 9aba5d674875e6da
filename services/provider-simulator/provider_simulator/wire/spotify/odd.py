"""Spotify's refusals in forms that its documentation does not show."""

from provider_simulator.odd_answers import Odd, json_refusal, text_refusal

_PREMIUM = (
    "Active premium subscription required for the owner of the app. When the "
    "subscription status changes, it can take a few hours before requests are allowed "
    "again."
)


def _error(status: int, message: str) -> object:
    return {"error": {"status": status, "message": message}}


ODD = Odd(
    rows=("items", "tracks"),
    refusals={
        # of a dead route
        "service_not_found": json_refusal(404, _error(404, "Service not found")),
        # of the account, in plain text
        "premium_text": text_refusal(403, _PREMIUM),
        # to a good token
        "token_missing": json_refusal(401, _error(401, "Access token missing")),
        # of the account
        "bearer_only": json_refusal(
            400, _error(400, "Only valid bearer authentication supported")
        ),
    },
)
