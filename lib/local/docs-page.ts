import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Cloud } from './cloud.ts'
import { escapeHtml, sendHtml, sendJson } from './local-page.ts'
import type { RestApi } from './rest-api.ts'

const PATH = '/_local/docs'
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
}

/** Registers the API documentation, served without the internet, and the OpenAPI document it shows. */
export function serveDocs(cloud: Cloud, api: RestApi): void {
  cloud.page('/_local/openapi.json', (_, response) => sendJson(response, 200, runnableDocument(cloud, api)))
  cloud.page(PATH, (request, response) => serveViewer(api, request, response))
}

/** The document with this machine as its server: the whole one, where the deployed one names an asset that has it. */
function runnableDocument(cloud: Cloud, api: RestApi): Record<string, unknown> {
  const { url } = (api.document.externalDocs ?? {}) as { url?: string }
  const document = url
    ? JSON.parse(readFileSync(cloud.asset(url.slice(url.lastIndexOf('/') + 1)), 'utf8'))
    : api.document
  return { ...document, servers: [{ url: `/${api.stage}`, description: 'this machine' }] }
}

function serveViewer(api: RestApi, request: IncomingMessage, response: ServerResponse): void {
  const file = (request.url ?? '').split('?', 1)[0]!.slice(PATH.length + 1)
  if (file === '') {
    sendHtml(response, viewer(api))
    return
  }
  const type = ASSETS[file]
  if (!type) {
    sendJson(response, 404, { title: 'No such page', status: 404 })
    return
  }
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  response
    .writeHead(200, { 'content-type': type, 'cache-control': 'max-age=86400' })
    .end(readFileSync(join(folder, file)))
}

function viewer(api: RestApi): string {
  const info = api.document.info as { title?: string } | undefined
  const components = api.document.components as { securitySchemes?: Record<string, unknown> } | undefined
  const [scheme] = Object.keys(components?.securitySchemes ?? {})
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(info?.title ?? 'API')}</title>
<link rel="icon" href="${PATH}/favicon-32x32.png">
<link rel="stylesheet" href="${PATH}/swagger-ui.css">
<style>
  body { margin: 0 }
  form { font: 14px system-ui, sans-serif; padding: 12px 20px; background: #f0f4f8; display: flex; gap: 12px; align-items: center; flex-wrap: wrap }
  input { font: inherit; padding: 4px 8px }
</style>
<form id="sign-in">
  <strong>Call it as</strong>
  <label>name <input name="name" value="Quinn Quality"></label>
  <label>groups <input name="groups" value="quality" size="30" title="comma-separated"></label>
  <label>sites <input name="sites" value="*" size="8" title="comma-separated, * for every site"></label>
  <button>Get a token</button>
  <output></output>
</form>
<div id="api"></div>
<script src="${PATH}/swagger-ui-bundle.js"></script>
<script>
  const ui = SwaggerUIBundle({
    url: '/_local/openapi.json', dom_id: '#api', deepLinking: true, filter: true, docExpansion: 'none',
    persistAuthorization: true, validatorUrl: null,
  })
  const form = document.getElementById('sign-in')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const answer = await fetch('/_local/token?' + new URLSearchParams(new FormData(form)))
    const result = await answer.json()
    if (answer.ok) ui.preauthorizeApiKey(${JSON.stringify(scheme ?? '')}, 'Bearer ' + result.token)
    form.querySelector('output').value = answer.ok ? 'token set for one hour' : result.detail
  })
</script>
</html>`
}
