# The same package that goes to Flex Consumption, on the Functions host of Azure’s base image. For Kubernetes and other
# places that run containers: infra/kubernetes. Base images come by digest. Node's is kept up by Dependabot; the host's is
# moved on every month and is given to the build, which ends without it: docs/operations.md says how to look it up.
ARG HOST_DIGEST
FROM node:24.18.0-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# No install script runs: what builds the package needs none.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run package

FROM mcr.microsoft.com/azure-functions/node:4-node24@${HOST_DIGEST}
# All that the host writes goes to /tmp: the root file system may be read-only.
ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \
    ASPNETCORE_URLS=http://+:8080 \
    DOTNET_EnableDiagnostics=0 \
    FUNCTIONS_LOG_PATH=/tmp/logs \
    FUNCTIONS_SECRETS_PATH=/tmp/secrets \
    FUNCTIONS_TEST_DATA_PATH=/tmp/data \
    NODE_ENV=production
COPY --from=build --chown=root:root /src/.package /home/site/wwwroot
# Not root; the port is one that anybody may open.
USER 10001:10001
EXPOSE 8080
