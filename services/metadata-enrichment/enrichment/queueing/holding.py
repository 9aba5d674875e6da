"""How many messages a worker holds: as many as it brings to their end soon; pure."""

# A worker begins with what fills one call of MusicBrainz: sixteen of them hold no more
# than Spotify answers in a few minutes.
FIRST_MESSAGES = 25
# A batch asks each provider of a chain in turn: one of these sends MusicBrainz two full
# calls of names and one of ISRCs.
SMALLEST_BATCH = 2 * FIRST_MESSAGES
# At most so many are worked at in one batch alone, where the allowance is shared: each
# batch ends with a call by ISRC for what MusicBrainz did not know by name, and the
# larger the batch, the fewer such calls.
LARGEST_ALONE = 4 * FIRST_MESSAGES
# What was done so soon lets the worker hold twice as much, seconds in hand …
SOON_SECONDS = 60.0
# … or as many in one batch as are done in this time: a question that waits for 270
# seconds is let go …
AIM_SECONDS = 200.0
# … and half as much, when it took so long.
LATE_SECONDS = 240.0
# One batch is written while another is looked up …
BATCHES_IN_HAND = 2
# … and one more has arrived already: the broker's answer to an ack is not waited for.
BATCHES_HELD = BATCHES_IN_HAND + 1


class Holding:
    """
    Grows and shrinks with the time that messages stay in hand.

    What slows a worker down (allowances that many workers share, a bench, a slow
    server) is of no meaning: others may have what this one cannot finish soon.

    Args:
        most: messages that it may hold at all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._first = min(FIRST_MESSAGES, most)
        self._changed_at = float("-inf")
        self.messages = self._first

    @property
    def batch(self) -> int:
        """Messages of a full batch: whole calls of MusicBrainz."""
        if self.messages <= LARGEST_ALONE:
            return self.messages
        third = self.messages // BATCHES_HELD
        return max(third - third % FIRST_MESSAGES, min(SMALLEST_BATCH, self.messages))

    @property
    def at_once(self) -> int:
        """Batches to be worked at together: one, where it holds all messages."""
        return BATCHES_IN_HAND if self.messages > self.batch else 1

    def finished(self, messages: int, came_at: float, now: float, in_hand: int) -> bool:
        """
        Learn from a batch; say whether another number of messages is right now.

        Args:
            messages: of the batch.
            came_at: when its first message was delivered, seconds; before a change, it
                says nothing of the number that is held since.
            in_hand: messages held with it: half of those allowed, at least, or there
                is no need for more.
        """
        before, seconds = self.messages, now - came_at
        if came_at < self._changed_at:
            return False
        if seconds > LATE_SECONDS:
            self.messages = max(before // 2, self._first)
        elif in_hand >= before / 2:
            twice = before * 2 if seconds < SOON_SECONDS else before
            self.messages = min(max(twice, _fitting(messages, seconds)), self._most)
        if self.messages == before:
            return False
        self._changed_at = now
        return True


def _fitting(messages: int, seconds: float) -> int:
    """Return how many, in whole calls of MusicBrainz, one batch brings to their end."""
    if messages * AIM_SECONDS >= LARGEST_ALONE * seconds:
        return LARGEST_ALONE
    soon = int(messages * AIM_SECONDS / seconds)
    return soon - soon % FIRST_MESSAGES
