"""An echo server on Python's websockets."""
import asyncio
import logging
import os

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


async def echo(socket):
    try:
        async for message in socket:
            await socket.send(message)
    except ConnectionClosed:
        pass


async def main():
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    async with serve(echo, "127.0.0.1", int(os.environ["PORT"]), max_size=32 * 2**20) as server:
        await server.serve_forever()


asyncio.run(main())
