hm_check(store sqlite LINK PkgConfig::SQLITE SOURCES store/contract.c store/contract_catalogue.c)
hm_check(store kinds)
hm_cli_test(store sqlite_file)
hm_check_live(store neo4j LINK hm_bolt SOURCES store/contract.c store/contract_catalogue.c)
hm_check_live(store neo4j_restart)
hm_suite(store neo4j_gds LINK hm_bolt) # run by tests/neo4j
