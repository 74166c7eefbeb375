hm_check(pipeline csv_reader)
