"""
The platforms that wheels for everybody are built for: data, to be added to.

See docs/reference/standards/file-names.md#platform-tags.

``{number}`` stands for digits without a zero in front; ``{a,b}`` for one of these.
"""

from __future__ import annotations

from typing import Final

PLATFORM_TAG_PATTERNS: Final = (
    "any",
    "win32",
    "win_{amd64,arm64,ia64}",
    "linux_{armv6l,armv7l}",
    "manylinux1_{x86_64,i686}",
    "manylinux2010_{x86_64,i686}",
    "manylinux2014_{x86_64,i686,aarch64,armv7l,ppc64,ppc64le,s390x}",
    "manylinux_{number}_{number}_{x86_64,i686,aarch64,armv7l,ppc64,ppc64le,s390x,riscv64}",
    "musllinux_{number}_{number}_{x86_64,i686,aarch64,armv7l,ppc64le,s390x,riscv64}",
    "macosx_10_{number}_{ppc,ppc64,i386,x86_64,arm64,intel,fat,fat3,fat64,universal,universal2}",
    # From 11 on the minor number means nothing; Apple went from 15 to 26.
    "macosx_{11,12,13,14,15,26}_0_{ppc,ppc64,i386,x86_64,arm64,intel,fat,fat3,fat64,universal,universal2}",
    # PEP 730
    "ios_{number}_{number}_{arm64,x86_64}_{iphoneos,iphonesimulator}",
    # PEP 738
    "android_{number}_{armeabi_v7a,arm64_v8a,x86,x86_64}",
    # PEP 783
    "pyemscripten_{number}_{number}_wasm32",
)
