-- What a colleague wrote, and was more than a frame held, went up without their signature and was refused for the want of it. It goes
-- up once more, with it.
UPDATE change SET standing = 'handed', problem = NULL, detail = NULL, told = NULL
WHERE standing = 'unrelayed' AND problem = 'forged-actor';
