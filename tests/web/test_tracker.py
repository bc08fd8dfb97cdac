"""/t.js is small, tagged and open to every site."""

import gzip

from django.test import Client


def test_the_script_is_under_five_kilobytes_on_the_wire(client: Client) -> None:
    response = client.get("/t.js")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/javascript")
    assert len(gzip.compress(response.content)) < 5 * 1024


def test_a_browser_that_has_it_is_told_so(client: Client) -> None:
    first = client.get("/t.js")
    assert client.get("/t.js", headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert "max-age=3600" in first["Cache-Control"]
    assert first["Access-Control-Allow-Origin"] == "*"
