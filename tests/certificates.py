"""Certificates for servers of this machine."""

import subprocess
from datetime import datetime, timedelta, timezone


def certificate(folder, name, days):
    """A certificate of 127.0.0.1 signed by itself, which began ten days ago and ends after so many days from now."""
    key, file = folder / f"{name}.key", folder / f"{name}.crt"
    now = datetime.now(timezone.utc)
    times = [(now + timedelta(days=offset)).strftime("%Y%m%d%H%M%SZ") for offset in (-10, days)]
    (folder / "empty").write_text("")
    (folder / "serial").write_text("01")
    config = folder / "ca.cnf"
    config.write_text(
        f"[ca]\ndefault_ca=own\n[own]\nnew_certs_dir={folder}\ndatabase={folder}/empty\nserial={folder}/serial\n"
        "default_md=sha256\npolicy=any\nx509_extensions=names\nunique_subject=no\n[any]\ncommonName=supplied\n"
        "[names]\nsubjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n"
        "[req]\ndistinguished_name=dn\n[dn]\n"
    )
    openssl = lambda *arguments: subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", folder / "csr",
            "-subj", f"/CN={name}", "-config", config)
    openssl("ca", "-batch", "-selfsign", "-keyfile", key, "-in", folder / "csr", "-out", file, "-config", config, "-notext",
            "-startdate", times[0], "-enddate", times[1])
    both = folder / f"{name}.pem"
    both.write_text(key.read_text() + file.read_text())
    return both, file.read_text()
