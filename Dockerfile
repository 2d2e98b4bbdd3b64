# The same package that goes to Flex Consumption, on the Functions host of Azure’s base image. For Kubernetes and other
# places that run containers: infra/kubernetes.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run package

# 4-node24 is moved on every month; rebuild to take the host's fixes up.
FROM mcr.microsoft.com/azure-functions/node:4-node24
ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \
    ASPNETCORE_URLS=http://+:8080 \
    NODE_ENV=production
COPY --from=build --chown=root:root /src/.package /home/site/wwwroot
# Not root; the port is one that anybody may open.
USER 10001:10001
EXPOSE 8080
