hm_cli_test(tools sample)
