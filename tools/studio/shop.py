# SPDX-License-Identifier: MIT
"""Invented customers and what they bought, in the competition's formats. Standard library only.

Only Random.random() is used: its sequence is the same in every Python version.
"""
import datetime
import hashlib
import random

from .catalogue import COLOURS, INDEXES, LINES, articles

CUSTOMER_COLUMNS = ["customer_id", "FN", "Active", "club_member_status", "fashion_news_frequency",
                    "age", "postal_code"]
TRANSACTION_COLUMNS = ["t_dat", "customer_id", "article_id", "price", "sales_channel_id"]
FIRST_DAY = datetime.date(2018, 9, 20)
DAYS = 734  # up to 2020-09-22
CUSTOMERS = 320
BASKETS = 1300


def pick(rng, weighted):
    """One of (value, weight), by chance."""
    left = rng.random() * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        left -= weight
        if left < 0:
            return value
    return weighted[-1][0]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def customers(seed):
    """Rows of customers.csv, by id. Empty fields as in the original: unknown, not zero."""
    rng = random.Random(seed)
    rows = []
    for number in range(CUSTOMERS):
        news = pick(rng, [("NONE", 62), ("Regularly", 35), ("Monthly", 1), ("", 2)])
        reads = "1.0" if news in ("Regularly", "Monthly") else ""
        active = "1.0" if reads and rng.random() < 0.95 else ""
        status = pick(rng, [("ACTIVE", 92), ("PRE-CREATE", 6), ("LEFT CLUB", 1), ("", 1)])
        age = pick(rng, [(20 + rng.random() * 12, 55), (32 + rng.random() * 18, 20),
                         (45 + rng.random() * 20, 23),
                         (65 + rng.random() * 25, 2)])
        district = int(rng.random() ** 2 * 120)
        rows.append([digest(f"sample customer {seed} {number}"), reads, active, status, news,
                     "" if rng.random() < 0.02 else str(int(age)),
                     digest(f"sample district {district}")])
    return sorted(rows)


def scaled(cents):
    """The competition's price: a fixed fraction of the real one."""
    return repr(cents / 100 * (1 / 590))


def tastes(rng, shelf):
    """How much a customer likes each article: some departments and colours more than others."""
    liked = pick(rng, [("Ladieswear", 45), ("Menswear", 25), ("Divided", 14), ("Baby/Children", 12),
                       ("Sport", 4)])
    colours = {colour for colour in COLOURS if rng.random() < 0.2}
    appeal = []
    for product, variant, article in shelf:
        group = INDEXES[LINES[product[3]][1]][1][1]
        appeal.append(((product, article),
                       (8 if group == liked else 1) * (3 if variant[1] in colours else 1)))
    return appeal


def transactions(seed, rows):
    """Rows of transactions_train.csv, by date; a basket may hold the same article twice."""
    rng = random.Random(seed + 1)
    shelf = list(articles())
    loyal = [(row[0], 0.2 + rng.random() ** 3 * 4)
             for row in rows[:-12]]  # the last dozen never bought anything
    likes = {customer: tastes(rng, shelf) for customer, _ in loyal}
    bought = []
    for _ in range(BASKETS):
        customer = pick(rng, loyal)
        day = int(rng.random() * DAYS)
        channel = 1 if rng.random() < 0.3 else 2
        for _ in range(1 + int(rng.random() ** 2 * 4)):
            product, article = pick(rng, likes[customer])
            sale = pick(rng, [(100, 70), (80, 15), (70, 8), (50, 7)])
            line = [str(FIRST_DAY + datetime.timedelta(days=day)), customer, article,
                    scaled(product[4] * sale // 100), str(channel)]
            bought += [line, list(line)] if rng.random() < 0.06 else [line]
    return sorted(bought, key=lambda line: line[:2])
