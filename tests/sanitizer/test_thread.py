"""The thread sanitizer sees a planted race."""


def test_a_race_is_reported(planted):
    status, output = planted("race")
    assert "ThreadSanitizer: data race" in output
    assert status == 99
