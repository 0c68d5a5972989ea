"""Who moves where and when: ordinary traffic and staged incidents."""
