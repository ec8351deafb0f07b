import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Cloud, LocalPage, Service } from './cloud.ts'
import { serveDocs } from './docs-page.ts'
import { escapeHtml, sendHtml, sendJson } from './local-page.ts'
import { LogFiles } from './log-files.ts'
import { onlyProperties } from './properties.ts'
import { openRestApi, type RestApi } from './rest-api.ts'

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

let server: Server | undefined
let logs: LogFiles | undefined

/** API Gateway REST APIs under `/<stage>/…` and the local pages under `/_local/…`, on the main port. */
export const apiGateway: Service = {
  name: 'api-gateway',
  types: [
    'AWS::ApiGateway::RestApi',
    'AWS::ApiGateway::Deployment',
    'AWS::ApiGateway::Stage',
    'AWS::ApiGateway::Account',
  ],
  async start(cloud) {
    refuseUnknownProperties(cloud)
    const files = new LogFiles(join(cloud.data, 'api-gateway'))
    logs = files
    const apis = new Map<string, RestApi>()
    for (const stage of cloud.ofType('AWS::ApiGateway::Stage')) {
      const api = await openRestApi(cloud, stage, (line) => files.append('access', `${line}\n`))
      if (apis.has(api.stage)) throw new Error(`two REST APIs have a stage ${api.stage}; locally the stage is the path`)
      apis.set(api.stage, api)
      cloud.log('api-gateway', `${api.routeCount} routes on http://127.0.0.1:${cloud.port}/${api.stage}`)
    }
    const [first] = apis.values()
    if (first) serveDocs(cloud, first)
    server = await listen(cloud, (request, response) => route(cloud, apis, request, response))
  },
  async stop() {
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
    server?.closeAllConnections()
    await closed
    await logs?.close()
    server = undefined
    logs = undefined
  },
}

function listen(cloud: Cloud, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const http = createServer({ keepAliveTimeout: 65_000, requestTimeout: 60_000 }, answer)
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  })
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(cloud.port, '127.0.0.1', () => resolve(http))
  })
}

function route(cloud: Cloud, apis: Map<string, RestApi>, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '/').split('?', 1)[0]!
  const [, first = ''] = path.split('/', 2)
  const api = apis.get(first)
  if (api)
    api.answer(request, response).catch((error: Error) => {
      cloud.log('api-gateway', `${request.method} ${request.url}: ${error.stack}`)
      response.destroy()
    })
  else if (first === '_local') void showPage(cloud, path, request, response)
  else if (path === '/') response.writeHead(302, { location: '/_local/' }).end()
  else sendJson(response, 403, { message: 'Forbidden' })
}

async function showPage(cloud: Cloud, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A page of the internet must not reach the token page through the developer's browser (DNS rebinding, form posts).
  const origin = request.headers.origin
  const foreign = origin !== undefined && !LOOPBACK_HOST.test(origin.replace(/^https?:\/\//, ''))
  if (foreign || !LOOPBACK.has(request.socket.remoteAddress ?? '') || !LOOPBACK_HOST.test(request.headers.host ?? ''))
    return sendJson(response, 403, { title: 'Local pages answer this machine only', status: 403 })
  const page = findPage(cloud.pages, path)
  if (!page && path.replace(/\/$/, '') === '/_local')
    return sendHtml(response, indexPage(cloud, [...cloud.pages.keys()]))
  if (!page) return sendJson(response, 404, { title: 'No such page; the list is at /_local/', status: 404 })
  try {
    await page(request, response)
  } catch (error) {
    cloud.log('api-gateway', `${path}: ${(error as Error).stack}`)
    if (!response.headersSent) sendJson(response, 500, { title: 'The page failed', detail: String(error), status: 500 })
    else response.destroy()
  }
}

/** The page of the path itself or of its nearest parent. */
function findPage(pages: ReadonlyMap<string, LocalPage>, path: string): LocalPage | undefined {
  for (let at = path.length; at > '/_local'.length; at = path.lastIndexOf('/', at - 1)) {
    const page = pages.get(path.slice(0, at))
    if (page) return page
  }
  return undefined
}

function indexPage(cloud: Cloud, paths: string[]): string {
  const links = paths.sort().map((path) => `<li><a href="${escapeHtml(path)}">${escapeHtml(path)}</a></li>`)
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>local cloud</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 44rem } code { background: #eef; padding: 2px 4px }</style>
<h1>The app on this machine</h1>
<ul>${links.join('')}</ul>
<p>A token: <code>curl -s -X POST http://127.0.0.1:${cloud.port}/_local/token -d '{"name":"Quinn","groups":["quality"]}'</code></p>
</html>`
}

function refuseUnknownProperties(cloud: Cloud): void {
  for (const api of cloud.ofType('AWS::ApiGateway::RestApi'))
    onlyProperties(
      api,
      'ApiKeySourceType',
      'BinaryMediaTypes',
      'Body',
      'Description',
      // How TLS and names reach the API; on this machine it is plain HTTP on loopback.
      'EndpointAccessMode',
      'EndpointConfiguration',
      'FailOnWarnings',
      'Name',
      'Parameters',
      'SecurityPolicy',
      'Tags',
    )
  for (const stage of cloud.ofType('AWS::ApiGateway::Stage'))
    onlyProperties(
      stage,
      'AccessLogSetting',
      'DeploymentId',
      'Description',
      'MethodSettings',
      'RestApiId',
      'StageName',
      'Tags',
      'TracingEnabled',
    )
}
