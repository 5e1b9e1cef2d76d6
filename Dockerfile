# syntax=docker/dockerfile:1
# Blitzbild in a container: the local room on port 8090 (with a token, see docs/container.md), and Matrix where the
# environment names a homeserver. Health and metrics are on port 8091, inside of the container alone where
# BLITZBILD_OPERATIONS_HOST says nothing else. Everything it keeps is in /data.

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/chat/matrix/packages src/chat/matrix/packages
COPY src/c2pa/packages src/c2pa/packages
# The image has Node 24 already, so the optional platform packages of Node are left out again, and so is the compiler, which a
# package names that needs only its types; onnxruntime-node brings the libraries of all platforms, of which one is used. What reads
# C2PA manifests is built for x64 alone.
RUN npm ci --omit=dev --ignore-scripts \
 && rm -rf node_modules/node-linux-* node_modules/node-win-* node_modules/.bin/node node_modules/typescript node_modules/.bin/tsc \
 && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 -type d ! -name linux -exec rm -rf {} + \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -name "$(node -p process.arch)" -exec rm -rf {} + \
 && if [ "$(node -p process.arch)" != x64 ]; then rm -rf node_modules/@contentauth; fi

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    ORT_DISABLE_TELEMETRY=1 \
    BLITZBILD_DATA=/data \
    BLITZBILD_HOST=0.0.0.0 \
    BLITZBILD_PORT=8090 \
    BLITZBILD_OPERATIONS_PORT=8091
RUN apt-get update \
 && apt-get install -y --no-install-recommends fontconfig=2.14.* fonts-dejavu-core=2.37-* \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir /data && chown node:node /data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY src src
COPY config config
COPY models/embedded models/embedded
COPY models/upscaler models/upscaler
COPY models/similarity models/similarity
# The user «node» of the base image, by number, so that Kubernetes can see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8090 8091
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.BLITZBILD_OPERATIONS_PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Signals go straight to the program, which gives the running picture back to the queue before it ends.
CMD ["node", "--disable-warning=ExperimentalWarning", "--disable-warning=DEP0060", "--max-semi-space-size=4", "src/cli.ts", "start"]
