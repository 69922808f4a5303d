"""What FTP servers answer, word for word.

vsftpd 3.0.3, ProFTPD 1.3.8 and Pure-FTPd 1.0.50 were recorded from Debian 12's packages; Microsoft's is from its
documentation of IIS 10. A text may name {argument}, {user}, {path}, {ip}, {size}, {kind}, {count} and {time}; an
absent key is an unknown command. Lines are joined by CR LF when sent.
"""

from dataclasses import dataclass

FULL_LOGIN = frozenset({"USER", "PASS", "QUIT"})


@dataclass(frozen=True)
class Dialect:
    """One maker. *early* are the commands that are answered before a login."""

    texts: dict[str, str]
    early: frozenset[str]
    listing: str
    numeric_owners: bool = False
    system: str = "UNIX"


VSFTPD = Dialect(
    early=FULL_LOGIN | {"FEAT", "OPTS"},
    listing="{mode} {links:>4} {owner:<8} {owner:<8} {size:>8} {date} {name}",
    numeric_owners=True,
    texts={
        "greeting": "220 (vsFTPd {version})",
        "login first": "530 Please login with USER and PASS.",
        "unknown": "500 Unknown command.",
        "too long": "500 Input line too long.",
        "USER": "331 Please specify the password.",
        "USER anonymous": "331 Please specify the password.",
        "USER again": "530 Can't change to another user.",
        "PASS first": "503 Login with USER first.",
        "wrong": "530 Login incorrect.",
        "welcome": "230 Login successful.",
        "QUIT": "221 Goodbye.",
        "FEAT": "211-Features:\n EPRT\n EPSV\n MDTM\n PASV\n REST STREAM\n SIZE\n TVFS\n211 End",
        "HELP": "214-The following commands are recognized.\n"
        " ABOR ACCT ALLO APPE CDUP CWD  DELE EPRT EPSV FEAT HELP LIST MDTM MKD\n"
        " MODE NLST NOOP OPTS PASS PASV PORT PWD  QUIT REIN REST RETR RMD  RNFR\n"
        " RNTO SITE SIZE SMNT STAT STOR STOU STRU SYST TYPE USER XCUP XCWD XMKD\n"
        " XPWD XRMD\n214 Help OK.",
        "STAT": "211-FTP server status:\n     Connected to {ip}\n     Logged in as {user}\n     TYPE: {kind}\n"
        "     No session bandwidth limit\n     Session timeout in seconds is 300\n"
        "     Control connection is plain text\n     Data connections will be plain text\n"
        "     At session startup, client count was 1\n     vsFTPd {version} - secure, fast, stable\n211 End of status",
        "SYST": "215 UNIX Type: L8",
        "NOOP": "200 NOOP ok.",
        "OPTS": "200 Always in UTF8 mode.",
        "PWD": '257 "{path}" is the current directory',
        "CWD": "250 Directory successfully changed.",
        "CWD no": "550 Failed to change directory.",
        "TYPE I": "200 Switching to Binary mode.",
        "TYPE A": "200 Switching to ASCII mode.",
        "TYPE no": "500 Unrecognised TYPE command.",
        "MODE": "200 Mode set to S.",
        "STRU": "200 Structure set to F.",
        "SIZE": "213 {size}",
        "SIZE no": "550 Could not get file size.",
        "MDTM": "213 {time}",
        "MDTM no": "550 Could not get file modification time.",
        "REST": "350 Restart position accepted ({argument}).",
        "ALLO": "202 ALLO command ignored.",
        "ABOR": "225 No transfer to ABOR.",
        "PORT": "200 PORT command successful. Consider using PASV.",
        "PORT no": "500 Illegal PORT command.",
        "EPRT": "200 EPRT command successful. Consider using EPSV.",
        "PASV": "227 Entering Passive Mode ({address}).",
        "EPSV": "229 Entering Extended Passive Mode (|||{port}|)",
        "no data": "425 Use PORT or PASV first.",
        "data failed": "425 Failed to establish connection.",
        "LIST": "150 Here comes the directory listing.",
        "LIST done": "226 Directory send OK.",
        "RETR": "150 Opening {mode} mode data connection for {argument} ({size} bytes).",
        "RETR done": "226 Transfer complete.",
        "RETR no": "550 Failed to open file.",
        "STOR": "150 Ok to send data.",
        "STOR done": "226 Transfer complete.",
        "STOR full": "553 Could not create file.",
        "change": "550 Permission denied.",
        "RNTO": "503 RNFR required first.",
        "SITE": "500 Unknown SITE command.",
        "REIN": "502 REIN not implemented.",
        "ACCT": "502 ACCT not implemented.",
    },
)

PROFTPD = Dialect(
    early=FULL_LOGIN | {"FEAT", "OPTS", "SYST", "HELP", "NOOP", "CLNT"},
    listing="{mode} {links:>3} {owner:<8} {owner:<8} {size:>8} {date} {name}",
    texts={
        "greeting": "220 ProFTPD {version} [{ip}]",
        "login first": "530 Please login with USER and PASS",
        "unknown": "500 {command} not understood",
        "too long": "500 Command too long",
        "USER": "331 Password required for {argument}",
        "USER anonymous": "331 Anonymous login ok, send your complete email address as your password",
        "USER again": "501 Reauthentication not supported",
        "PASS first": "503 Login with USER first",
        "wrong": "530 Login incorrect.",
        "welcome": "230 User {user} logged in",
        "welcome anonymous": "230 Anonymous access granted, restrictions apply",
        "QUIT": "221 Goodbye.",
        "FEAT": "211-Features:\n CLNT\n CSID\n EPRT\n EPSV\n HOST\n LANG C.UTF-8*\n MDTM\n"
        " MFF modify;UNIX.group;UNIX.mode;\n MFMT\n"
        " MLST modify*;perm*;size*;type*;unique*;UNIX.group*;UNIX.groupname*;UNIX.mode*;UNIX.owner*;UNIX.ownername*;\n"
        " RANG STREAM\n REST STREAM\n SIZE\n TVFS\n UTF8\n211 End",
        "HELP": "214-The following commands are recognized (* =>'s unimplemented):\n"
        " CWD     XCWD    CDUP    XCUP    SMNT*   QUIT    PORT    PASV    \n"
        " EPRT    EPSV    ALLO    RNFR    RNTO    DELE    MDTM    RMD     \n"
        " XRMD    MKD     XMKD    PWD     XPWD    SIZE    SYST    HELP    \n"
        " NOOP    FEAT    OPTS    HOST    CLNT    AUTH*   CCC*    CONF*   \n"
        " ENC*    MIC*    PBSZ*   PROT*   TYPE    STRU    MODE    RETR    \n"
        " STOR    STOU    APPE    REST    ABOR    RANG    USER    PASS    \n"
        " ACCT*   REIN*   LIST    NLST    STAT    SITE    MLSD    MLST    \n"
        "214 Direct comments to root@{host}",
        "STAT": "211-Status of 'Debian'\n Connected from {peer} ({peer})\n Logged in as {user}\n"
        " TYPE: {kind}, STRUcture: File, Mode: Stream\n No data connection\n211 End of status",
        "SYST": "215 UNIX Type: L8",
        "NOOP": "200 NOOP command successful",
        "OPTS": "200 UTF8 set to on",
        "CLNT": "200 OK",
        "PWD": '257 "{path}" is the current directory',
        "CWD": "250 {command} command successful",
        "CWD no": "550 {argument}: No such file or directory",
        "TYPE I": "200 Type set to I",
        "TYPE A": "200 Type set to A",
        "TYPE no": "504 TYPE not implemented for '{argument}' parameter",
        "MODE": "200 Mode set to S",
        "STRU": "200 Structure set to F",
        "SIZE": "213 {size}",
        "SIZE no": "550 {argument}: No such file or directory",
        "MDTM": "213 {time}",
        "MDTM no": "550 {argument}: No such file or directory",
        "REST": "350 Restarting at {argument}. Send STORE or RETRIEVE to initiate transfer",
        "ALLO": "200 ALLO command successful",
        "ABOR": "226 Abort successful",
        "PORT": "200 PORT command successful",
        "PORT no": "501 Illegal PORT command",
        "EPRT": "200 EPRT command successful",
        "PASV": "227 Entering Passive Mode ({address}).",
        "EPSV": "229 Entering Extended Passive Mode (|||{port}|)",
        "no data": "425 Unable to build data connection: Connection refused",
        "data failed": "425 Unable to build data connection: Connection timed out",
        "LIST": "150 Opening ASCII mode data connection for file list",
        "LIST done": "226 Transfer complete",
        "RETR": "150 Opening {mode} mode data connection for {argument} ({size} bytes)",
        "RETR done": "226 Transfer complete",
        "RETR no": "550 {argument}: No such file or directory",
        "STOR": "150 Opening {mode} mode data connection for {argument}",
        "STOR done": "226 Transfer complete",
        "STOR full": "552 Transfer aborted. Disc quota exceeded",
        "change": "550 {argument}: Permission denied",
        "RNTO": "503 Bad sequence of commands",
        "SITE": "500 'SITE {argument}' not understood",
        "REIN": "502 REIN command not implemented",
        "ACCT": "502 ACCT command not implemented",
        "MLSD": "150 Opening {mode} mode data connection for MLSD",
    },
)

PURE = Dialect(
    early=FULL_LOGIN | {"FEAT", "SYST", "HELP", "NOOP", "AUTH"},
    listing="{mode} {links:>4} {number:<10} {owner:<10} {size:>10} {date} {name}",
    texts={
        "greeting": "220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\n"
        "220-You are user number 1 of 50 allowed.\n220-Local time is now {clock}. Server port: {own_port}.\n"
        "{private}220-IPv6 connections are also welcome on this server.\n"
        "220 You will be disconnected after 15 minutes of inactivity.",
        "private": "220-This is a private system - No anonymous login\n",
        "login first": "530 You aren't logged in",
        "unknown": "500 Unknown command",
        "too long": "500 Line too long",
        "USER": "331 User {argument} OK. Password required",
        "USER anonymous": "230 Anonymous user logged in",
        "USER again": "530 You're already logged in",
        "PASS first": "530 Please tell me who you are",
        "wrong": "530 Login authentication failed",
        "welcome": "230 OK. Current directory is {path}",
        "QUIT": "221-Goodbye. You uploaded 0 and downloaded 0 kbytes.\n221 Logout.",
        "FEAT": "211-Extensions supported:\n UTF8\n EPRT\n IDLE\n MDTM\n SIZE\n MFMT\n REST STREAM\n"
        " MLST type*;size*;sizd*;modify*;UNIX.mode*;UNIX.uid*;UNIX.gid*;unique*;\n MLSD\n PRET\n AUTH TLS\n PBSZ\n"
        " PROT\n TVFS\n ESTA\n PASV\n EPSV\n ESTP\n211 End.",
        "HELP": "214-The following SITE commands are recognized\n ALIAS\n CHMOD\n IDLE\n UTIME\n"
        "214 Pure-FTPd - http://pureftpd.org/",
        "STAT": "211 https://www.pureftpd.org/",
        "SYST": "215 UNIX Type: L8",
        "NOOP": "200 Zzz...",
        "OPTS": "504 Unknown command",
        "PWD": '257 "{path}" is your current location',
        "CWD": "250 OK. Current directory is {path}",
        "CWD no": "550 Can't change directory to {argument}: No such file or directory",
        "TYPE I": "200 TYPE is now 8-bit binary",
        "TYPE A": "200 TYPE is now ASCII",
        "TYPE no": "504-Unknown TYPE: {argument}\n504 TYPE is now ASCII",
        "MODE": "200 S OK",
        "STRU": "200 F OK",
        "SIZE": "213 {size}",
        "SIZE no": "550 Can't check for file existence",
        "MDTM": "213 {time}",
        "MDTM no": "550 Can't check for file existence",
        "REST": "350 Restarting at {argument}",
        "ALLO": "200 A L'HUILE",
        "ABOR": "226 Since you see this ABOR must've succeeded",
        "PORT": "200 PORT command successful",
        "PORT no": "501 Syntax error in IP address",
        "EPRT": "200 PORT command successful",
        "PASV": "227 Entering Passive Mode ({address})",
        "EPSV": "229 Extended Passive mode OK (|||{port}|)",
        "no data": "425 No data connection",
        "data failed": "425 Could not open data connection to port {port}: Connection timed out",
        "LIST": "150 Accepted data connection",
        "LIST done": "226-Options: -l \n226 {count} matches total",
        "RETR": "150-Accepted data connection\n150 {kilobytes} kbytes to download",
        "RETR done": "226-File successfully transferred\n226 0.000 seconds (measured here), 1.20 Mbytes per second",
        "RETR no": "550 Can't open {argument}: No such file or directory",
        "STOR": "150 Accepted data connection",
        "STOR done": "226-File successfully transferred\n226 0.002 seconds (measured here), 1.20 Mbytes per second",
        "STOR full": "552 Quota exceeded",
        "change": "550 Could not delete {argument}: Permission denied",
        "RNTO": "503 Need RNFR before RNTO",
        "SITE": "500 SITE {argument} is an unknown extension",
        "PBSZ": "503 PBSZ=0",
        "PROT": "503 PROT must be preceded by a successful PBSZ command",
        "AUTH": "500 This security scheme is not implemented",
        "MLSD": "150 Accepted data connection",
    },
)

MICROSOFT = Dialect(
    early=FULL_LOGIN | {"FEAT", "OPTS", "SYST", "HELP", "NOOP"},
    listing="{windows_date}  {windows_size:>20} {name}",
    system="Windows",
    texts={
        "greeting": "220 Microsoft FTP Service",
        "login first": "530 Please login with USER and PASS.",
        "unknown": "500 Command not understood.",
        "too long": "500 Command line is too long.",
        "USER": "331 Password required",
        "USER anonymous": "331 Anonymous access allowed, send identity (e-mail name) as password.",
        "USER again": "503 Bad sequence of commands.",
        "PASS first": "503 Login with USER first.",
        "wrong": "530 User cannot log in.",
        "welcome": "230 User logged in.",
        "QUIT": "221 Goodbye.",
        "FEAT": "211-Extended features supported:\n LANG EN*\n UTF8\n AUTH TLS;TLS-C;SSL;TLS-P;\n PBSZ\n PROT C;P;\n"
        " CCC\n HOST\n SIZE\n MDTM\n REST STREAM\n211 END",
        "HELP": "214-The following commands are recognized (* ==>'s unimplemented).\n ABOR \n ACCT \n ADAT *\n ALLO \n"
        " APPE \n AUTH \n CDUP \n CWD  \n DELE \n EPRT \n EPSV \n FEAT \n HELP \n LIST \n MDTM \n MKD  \n NLST \n"
        " NOOP \n PASS \n PASV \n PORT \n PWD  \n QUIT \n RETR \n RMD  \n SIZE \n STOR \n SYST \n TYPE \n USER \n"
        "214 HELP command successful.",
        "STAT": "211-Microsoft FTP Service status:\n Logged in as {user}\n TYPE: {kind}\n211 End of status.",
        "SYST": "215 Windows_NT",
        "NOOP": "200 noop command successful.",
        "OPTS": "200 OPTS UTF8 command successful - UTF8 encoding now ON.",
        "PWD": '257 "{path}" is current directory.',
        "CWD": "250 {command} command successful.",
        "CWD no": "550 The system cannot find the file specified. ",
        "TYPE I": "200 Type set to I.",
        "TYPE A": "200 Type set to A.",
        "TYPE no": "501 Parameter not understood.",
        "MODE": "200 Mode S ok.",
        "STRU": "200 STRU F ok.",
        "SIZE": "213 {size}",
        "SIZE no": "550 The system cannot find the file specified. ",
        "MDTM": "213 {time}",
        "MDTM no": "550 The system cannot find the file specified. ",
        "REST": "350 Restarting at {argument}.",
        "ALLO": "200 ALLO command successful.",
        "ABOR": "226 ABOR command successful.",
        "PORT": "200 PORT command successful.",
        "PORT no": "501 Server cannot accept argument.",
        "EPRT": "200 EPRT command successful.",
        "PASV": "227 Entering Passive Mode ({address}).",
        "EPSV": "229 Entering Extended Passive Mode (|||{port}|)",
        "no data": "150 Opening {mode} mode data connection.\n425 Cannot open data connection.",
        "data failed": "425 Cannot open data connection.",
        "LIST": "125 Data connection already open; Transfer starting.",
        "LIST done": "226 Transfer complete.",
        "RETR": "125 Data connection already open; Transfer starting.",
        "RETR done": "226 Transfer complete.",
        "RETR no": "550 The system cannot find the file specified. ",
        "STOR": "125 Data connection already open; Transfer starting.",
        "STOR done": "226 Transfer complete.",
        "STOR full": "552 There is not enough space on the disk. ",
        "change": "550 Access is denied. ",
        "RNTO": "503 Bad sequence of commands.",
        "SITE": "500 'SITE {argument}': command not understood.",
        "ACCT": "202 Command not implemented, superfluous at this site.",
    },
)

DIALECTS = {"vsftpd": VSFTPD, "proftpd": PROFTPD, "pure-ftpd": PURE, "microsoft": MICROSOFT}
