"""A package index and a proxy on loopback, for installations without the network, and for those that must fail."""

import base64
import contextlib
import datetime
import hashlib
import http.server
import io
import ssl
import threading
import zipfile


def wheel(name, version, files=None, requires=(), tag="py3-none-any"):
    """Return (file name, bytes) of a wheel with modules `files` ({path: text}) that depends on `requires`."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    files = dict(files or {f"{name.replace('-', '_')}.py": f"version = {version!r}\n"})
    files[f"{info}/METADATA"] = "\n".join(lines) + "\n"
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
    record = [f"{path},{_digest(text)},{len(text.encode())}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{info.removesuffix('.dist-info')}-{tag}.whl", packed.getvalue()


def _digest(text):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@contextlib.contextmanager
def _serving(handler, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # a client that does not like the certificate hangs up
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def package_index(wheels, context=None, asked=None, wait=None):
    """Serve wheels, (file name, bytes) each, as a package index; yield its address.

    `context` makes it speak TLS. The paths that are asked for are appended to `asked`. Files come only when the event
    `wait` is set.
    """
    contents = dict(wheels)

    class Handler(_Quiet):
        def do_GET(self):
            if asked is not None:
                asked.append(self.path)
            name = self.path.strip("/").rpartition("/")[2]
            if name in contents:
                if wait:
                    wait.wait()
                self._answer(contents[name])
                return
            files = [file for file in contents if file.split("-")[0].replace("_", "-").lower() == name.lower()]
            if not files:
                self.send_error(404)
                return
            self._answer("".join(f'<a href="/files/{file}">{file}</a>' for file in files).encode())

        def _answer(self, body):
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if body.startswith(b"<a") else "application/octet-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with _serving(Handler, context) as port:
        # A certificate is for a name: some versions of pip take none for an address.
        yield f"https://localhost:{port}/simple/" if context else f"http://127.0.0.1:{port}/simple/"


@contextlib.contextmanager
def refusing_proxy(status=407, reason="Proxy Authentication Required"):
    """Yield the address of a proxy that lets nobody through."""

    class Handler(_Quiet):
        def do_CONNECT(self):
            self.send_response(status, reason)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_CONNECT

    with _serving(Handler) as port:
        yield f"http://127.0.0.1:{port}"


def own_certificate(folder):
    """Return a TLS context with a certificate for localhost that no authority has signed, and its path in `folder`."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A company's proxy")])
    now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - day).not_valid_after(now + day)
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "server.pem").write_bytes(private + public)
    (folder / "company-ca.pem").write_bytes(public)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, folder / "company-ca.pem"
