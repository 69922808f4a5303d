"""Pages: what a server shows when nobody has changed it, and a login. Short ones of our own, with the usual titles.

Only nginx's welcome page is given as every nginx gives it: scanners know it by its size and hash.
"""

import html

NGINX = """\
<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
%s
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
"""
NGINX_STYLE = """\
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }"""
NGINX_STYLE_BEFORE_1_21 = """\
    body {
        width: 35em;
        margin: 0 auto;
        font-family: Tahoma, Verdana, Arial, sans-serif;
    }"""

APACHE_UPSTREAM = "<html><body><h1>It works!</h1></body></html>\n"
APACHE_PACKAGED = """\
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
  <head>
    <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
    <title>Apache2 {name} Default Page: It works</title>
  </head>
  <body>
    <h1>Apache2 {name} Default Page</h1>
    <p><b>It works!</b> The web server is installed and answers. Replace
    <tt>/var/www/html/index.html</tt> before you put it to use.</p>
  </body>
</html>
"""
HTTPD_TEST = """\
<!doctype html>
<html>
  <head>
    <meta charset='utf-8'>
    <meta name='viewport' content='width=device-width, initial-scale=1'>
    <title>HTTP Server Test Page powered by: {name}</title>
  </head>
  <body>
    <h1>HTTP Server <strong>Test Page</strong></h1>
    <p>This page is used to test the proper operation of an HTTP server after it has been installed
    on a {name} system.</p>
  </body>
</html>
"""
IIS = """\
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1" />
<title>IIS Windows Server</title>
</head>
<body>
<div id="container">
<a href="http://go.microsoft.com/fwlink/?linkid=66138&amp;clcid=0x409"><img src="iisstart.png" alt="IIS" /></a>
</div>
</body>
</html>
"""
LOGIN = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ background: #f3f4f6; font-family: sans-serif; }}
form {{ background: #fff; border: 1px solid #d1d5db; margin: 10vh auto; padding: 2em; width: 18em; }}
input {{ box-sizing: border-box; display: block; margin: .4em 0 1em; padding: .5em; width: 100%; }}
.error {{ color: #b91c1c; }}
</style>
</head>
<body>
<form method="post" action="/login">
<h1>{title}</h1>
{message}<label>Username <input name="username" autocomplete="username" autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<input type="submit" value="Sign in">
</form>
</body>
</html>
"""


def login_page(title: str, *, failed: bool = False) -> str:
    """A form that asks for user and password; after a wrong one it says so."""
    message = '<p class="error">Invalid username or password.</p>\n' if failed else ""
    return LOGIN.format(title=html.escape(title), message=message)


def nginx_page(version: tuple[int, ...]) -> str:
    """Nginx's welcome page: its style changed with 1.21."""
    return NGINX % (NGINX_STYLE if version >= (1, 21) else NGINX_STYLE_BEFORE_1_21)


def apache_page(server: str) -> tuple[str, int]:
    """Apache's first page by its Server header, and the status it comes with."""
    for mark, name in (("Debian", "Debian"), ("Ubuntu", "Ubuntu")):
        if mark in server:
            return APACHE_PACKAGED.format(name=name), 200
    for mark, name in (("Rocky", "Rocky Linux"), ("CentOS", "CentOS"), ("Fedora", "Fedora Linux")):
        if mark in server:
            return HTTPD_TEST.format(name=name), 403  # Red Hat's welcome.conf answers an empty root with an error page
    return APACHE_UPSTREAM, 200
