#!/usr/bin/env bash
# Terraform 1.11.4, tf 1.1.0: a create whose answer is lost leaves nothing in the state, and the next apply creates another.
#
# The server makes the object and closes the connection before it answers. The provider can only report an error, because it has no id to
# store; Terraform then keeps no trace of the resource. The next apply plans the same create and sends it again, so the server has two, of
# which one is in no state file.
#
# What to do: after such an error, look for the object on the server and `terraform import` it, or delete it, before the next apply.
# It needs `terraform` on PATH.
# Seen 2026-11-28, Python 3.11, Linux.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
"venv/bin/pip" install -q tf==1.1.0
cat >service.py <<'PYTHON'
import http.server
import json
import os

made = []


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        made.append({"id": f"a{len(made)}", "name": body["name"]})
        if len(made) == 1:
            self.connection.close()  # made, and never answered
        else:
            self.say(made[-1])

    def do_GET(self):
        self.say(made)

    def say(self, answer):
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass


server = Quiet(("127.0.0.1", 0), Service)
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
PYTHON
python3 service.py &
server=$!
while [ ! -e port ]; do sleep 0.1; done
cat >provider.py <<'PYTHON'
import json
import os
import urllib.request

from tf.iface import Provider, Resource
from tf.runner import run_provider
from tf.schema import Attribute, Schema
from tf.types import String


class Thing(Resource):
    def __init__(self, provider):
        pass

    @classmethod
    def get_name(cls):
        return "thing"

    @classmethod
    def get_schema(cls):
        return Schema([Attribute("id", String(), computed=True), Attribute("name", String(), required=True)])

    def create(self, ctx, planned):
        try:
            with urllib.request.urlopen(os.environ["SERVICE"], json.dumps({"name": planned["name"]}).encode()) as answer:
                return json.loads(answer.read())
        except OSError as error:
            ctx.diagnostics.add_error("no answer", str(error))
            return None

    def read(self, ctx, current):
        return current

    def update(self, ctx, current, planned):
        return current

    def delete(self, ctx, current):
        pass


class Only(Provider):
    def get_model_prefix(self):
        return "lost_"

    def get_provider_schema(self, diags):
        return Schema([])

    def full_name(self):
        return "registry.terraform.io/local/lost"

    def validate_config(self, diags, config):
        pass

    def configure_provider(self, diags, config):
        pass

    def get_data_sources(self):
        return []

    def get_resources(self):
        return [Thing]


run_provider(Only())
PYTHON
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$folder/venv/bin/python" "$folder/provider.py" >terraform-provider-lost
chmod +x terraform-provider-lost
printf 'provider_installation {\n  dev_overrides {\n    "local/lost" = "%s"\n  }\n}\n' "$folder" >settings.tfrc
printf 'terraform {\n  required_providers {\n    lost = { source = "local/lost" }\n  }\n}\nresource "lost_thing" "one" {\n  name = "one"\n}\n' >main.tf
export SERVICE=http://127.0.0.1:$(cat port)/ TF_CLI_CONFIG_FILE=$folder/settings.tfrc CHECKPOINT_DISABLE=1
terraform version | head -1
if terraform apply -auto-approve -no-color >first 2>&1; then
  echo "the first apply did not fail"
  exit 1
fi
grep -q 'no answer' first || { cat first; exit 1; }
echo "in the state after the first apply: '$(terraform state list 2>/dev/null || true)'"
[ -z "$(terraform state list 2>/dev/null || true)" ]
terraform apply -auto-approve -no-color >second 2>&1 || { cat second; exit 1; }
grep -q '1 added' second
venv/bin/python - <<'PYTHON'
import json
import os
import urllib.request

there = json.load(urllib.request.urlopen(os.environ["SERVICE"]))
print("on the server after the second:", there)
assert [one["name"] for one in there] == ["one", "one"]
PYTHON
