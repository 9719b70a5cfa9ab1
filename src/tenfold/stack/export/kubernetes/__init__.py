"""Kubernetes: plain manifests, kept together by a kustomization."""
