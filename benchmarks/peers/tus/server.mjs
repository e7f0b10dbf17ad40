// The reference tus server for Node, with each part flushed to disk before it is acknowledged, as Fairtake does.
// Usage: node server.mjs PORT FOLDER

import { open } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const [port, folder] = process.argv.slice(2);

class FlushedStore extends FileStore {
    async write(stream, id, offset) {
        const end = await super.write(stream, id, offset);
        const file = await open(path.join(folder, id), "r+");
        await file.sync();
        await file.close();
        return end;
    }
}

const server = new Server({ path: "/files", datastore: new FlushedStore({ directory: folder }) });
server.listen({ host: "127.0.0.1", port: Number(port) }, () => process.stdout.write("listening\n"));
