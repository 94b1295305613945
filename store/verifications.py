"""Verification of an address: codes sent, sent again, and entered (DESIGN 3.3)."""

import hmac
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.context import Change, Context
from store.errors import CodeRefused, EnquiryNeeded, NothingToVerify, NotNow, TooSoon
from store.rules import codes, resend
from store.rules.masking import mask, seen_by
from store.rules.resend import LeftOut
from store.rules.roles import Permission
from store.tables import AuditEvent, CcmsUser, Enquiry, Verification
from store.views import AddressVerified, MailKind, Resent, ResendPreview
