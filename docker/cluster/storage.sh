#!/bin/sh
# The S3-compatible store, and in it the bucket of the installation, whose account can do nothing elsewhere.
set -eu
(
    until echo "s3.bucket.create -name hotline" | weed shell -master=127.0.0.1:9333 2>&1 | grep -q "bucket"; do sleep 1; done
) >/dev/null 2>&1 &
exec weed server -dir=/var/lib/storage -ip=127.0.0.1 -ip.bind=0.0.0.0 -filer=true -s3=true -s3.port=8333 \
    -s3.port.iceberg=0 -s3.port.lance=0 -s3.config=/run/cluster/account/s3.json -master.volumeSizeLimitMB=1024 -volume.max=0
