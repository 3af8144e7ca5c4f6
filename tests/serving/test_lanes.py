"""The queues: which requests are refused, and which work is skipped because nobody waits for it."""

import socket
import threading

from tests.images import encoded
from tests.serving.running import drained, eventually, held, post_head, served


class TestFullQueue:
    def test_one_too_many_is_refused(self, run, page) -> None:
        body = encoded(page)
        given = []
        with served(run.path, queue=1) as server:
            lane = server.lanes.long
            first = threading.Thread(target=lambda: given.append(server.post("/predict/page", body)))
            with held(lane):
                first.start()
                eventually(lambda: lane.depth() == 1)
                for _ in range(3):
                    refused = server.post("/predict/page", body)
                    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
                    assert refused.json["error"]["code"] == "busy"
            first.join()
            assert [each.status for each in given] == [200]
            assert server.post("/predict/page", body).status == 200
            counted = server.get("/metrics").body.decode()
        assert 'convlet_refusals_total{reason="busy"} 3.0' in counted

    def test_pages_hold_up_no_small_image(self, run, seven) -> None:
        with served(run.path) as server, held(server.lanes.long), held(server.lanes.large):
            assert server.post("/predict", encoded(seven)).status == 200

    def test_a_burst_is_bounded_by_the_capacity(self, run, seven) -> None:
        """Some are refused before their task, and those that close in it."""
        body, kept, closing = encoded(seven), b"", b"Connection: close\r\n"
        with served(run.path, queue=3) as server:
            clients = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(12)]
            with held(server.lanes.small):
                for number, client in enumerate(clients):
                    client.sendall(post_head("/predict", len(body), closing if number % 2 else kept) + body)
                eventually(lambda: len(server.lines.getvalue().splitlines()) == 9)
                assert server.lanes.small.depth() == 3
            statuses = sorted(client.recv(10_000)[9:12] for client in clients)
            for client in clients:
                client.close()
        assert statuses == [b"200"] * 3 + [b"429"] * 9


class TestNobodyWaits:
    def test_the_work_of_a_client_that_hung_up_is_not_done(self, run, page) -> None:
        body = encoded(page)
        with served(run.path) as server:
            lane = server.lanes.long
            with held(lane):
                clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
                for client in clients:
                    client.sendall(post_head("/predict/page", len(body)) + body)
                eventually(lambda: lane.depth() == 3)
                for client in clients:
                    client.close()
                eventually(lambda: not server.server.server_state.connections)
            lines = server.log(3)
            assert [line["status"] for line in lines] == [499, 499, 499]
            assert batches(server) == 0
            assert server.post("/predict/page", body).status == 200
            assert batches(server) == 1

    def test_nor_that_of_a_request_whose_deadline_passed(self, run, page) -> None:
        body = encoded(page)
        with served(run.path, deadline=1) as server:
            lane, given = server.lanes.long, []
            threads = [
                threading.Thread(target=lambda: given.append(server.post("/predict/page", body))) for _ in range(5)
            ]
            with held(lane):
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            drained(lane)
            assert [(each.status, each.json["error"]["code"]) for each in given] == [(504, "deadline")] * 5
            assert batches(server) == 0


def batches(server) -> float:
    """The number of page batches that the model has answered."""
    counted = server.get("/metrics").body.decode()
    (line,) = (line for line in counted.splitlines() if line.startswith('convlet_batch_images_count{queue="pages"}'))
    return float(line.split()[1])
