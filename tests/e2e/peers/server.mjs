// Serves uploads with @tus/server over TLS: server.mjs FOLDER PEM PORT. Says its port when ready.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const [folder, pem, port] = process.argv.slice(2)
const tus = new Server({
  path: '/v1/uploads',
  relativeLocation: true,
  datastore: new FileStore({ directory: folder }),
})
const identity = readFileSync(pem)
const server = createServer({ key: identity, cert: identity }, (request, response) =>
  tus.handle(request, response),
)
server.listen(Number(port), '127.0.0.1', () => console.log(server.address().port))
