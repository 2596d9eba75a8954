"""A mail server that takes everything and keeps nothing: `python -m bench.mailbox <port>`. It answers as fast as Python can read lines."""

import asyncio
import sys

REPLIES = {b"EHLO": b"250-bench\r\n250-PIPELINING\r\n250 8BITMIME\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Taker(asyncio.Protocol):
    """One connection: lines are answered, mails are taken and forgotten."""

    def __init__(self) -> None:
        self.left, self.inside = b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self.peer = transport
        self.peer.write(b"220 bench\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every line and every mail that is complete."""
        self.left += data
        while True:
            before, found, after = self.left.partition(b"\r\n.\r\n" if self.inside else b"\r\n")
            if not found:
                return
            self.left = after
            if self.inside:
                self.inside = False
                self.peer.write(b"250 taken\r\n")
                continue
            word = before[:4].upper()
            self.inside = word == b"DATA"
            self.peer.write(REPLIES.get(word, b"250 fine\r\n"))
            if word == b"QUIT":
                self.peer.close()
                return


async def serve(port: int) -> None:
    """Until it is ended."""
    server = await asyncio.get_running_loop().create_server(Taker, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
