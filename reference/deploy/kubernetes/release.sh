#!/bin/sh
# Written by `tenfold export kubernetes`, sha256 9c9a8bc7d7e70eebaee7c82cf86be828d723a76455e8a6aebe15135eb04a9f94. A file edited by hand is left alone from then on.
# release.sh TAG: migrate once with the new image, then roll the Pods over. Needs kubectl and the Secrets.
set -eu
release="${1:?say the tag of the release}"
cd "$(dirname "$0")"

# What a migration needs before anything of the new release runs.
kubectl apply -f configuration.yaml
kubectl delete job bazaar-migrate --ignore-not-found --wait
sed "s|:RELEASE\$|:$release|" migrate-job.yaml | kubectl apply -f -
until kubectl wait --for=condition=complete --timeout=5s job/bazaar-migrate 2>/dev/null; do
  if kubectl wait --for=condition=failed --timeout=1s job/bazaar-migrate 2>/dev/null; then
    kubectl logs job/bazaar-migrate >&2
    exit 1
  fi
done
kubectl kustomize . | sed "s|:RELEASE\$|:$release|" | kubectl apply -f -
kubectl rollout status --timeout=10m deployment/bazaar-app
