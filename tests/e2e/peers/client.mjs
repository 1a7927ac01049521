// Sends a file with tus-js-client to an upload that is there: client.mjs FILE URL.
import { createReadStream, statSync } from 'node:fs'
import tus from 'tus-js-client'

const [file, url] = process.argv.slice(2)
new tus.Upload(createReadStream(file), {
  uploadUrl: url,
  uploadSize: statSync(file).size,
  chunkSize: 64 * 1024,
  retryDelays: Array(120).fill(250), // the other side may be half a minute in starting
  onSuccess: () => process.exit(0),
  onError: (error) => {
    console.error(String(error))
    process.exit(1)
  },
}).start()
